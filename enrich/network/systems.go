package network

// tablesDated is when the tables of autonomous systems were last held against public lists.
const tablesDated = "2026-11-27"

// The sources of what the tables say. An unsure row is one that public lists contradict each other about, that only
// one of them has, or whose owner uses it for other things as well.
const (
	builtIn       = "network: built-in table of autonomous systems of " + tablesDated
	builtInUnsure = builtIn + ", not confirmed"
)

// owner is who runs autonomous systems, and whether that is sure.
type owner struct {
	name   string
	unsure bool
	asns   []uint32
}

// systems joins the tables. Where two name the same system, the kind that says more counts.
func systems() map[uint32]Network {
	all := map[uint32]Network{}
	for _, table := range []struct {
		kind   Kind
		owners []owner
	}{
		{ISP, ispOwners()}, {Hosting, rentalOwners()}, {Hosting, cloudOwners()}, {AWS, awsOwners()}, {VPN, vpnOwners()}, {Tor, torOwners()},
	} {
		for _, o := range table.owners {
			source := builtIn
			if o.unsure {
				source = builtInUnsure
			}
			for _, asn := range o.asns {
				all[asn] = Network{Kind: table.kind, Name: o.name, Source: source}
			}
		}
	}
	return all
}

func awsOwners() []owner {
	return []owner{{"Amazon", false, []uint32{7224, 8987, 14618, 16509, 38895, 62785}}}
}

// vpnOwners run VPN services, or rent to little else than VPN services.
//
// Numbers and owners agree with the lists of X4BNet (lists_vpn), brianhama and bountyyfi (bad-asn-list), and with
// what operators of two other feeds found in RIPE's records in October 2026. IPVanish was Highwinds's, later
// StackPath's, whose network ended in 2024; today its servers stand at Strong Technology, of the same group.
// ExpressVPN, CyberGhost, Private Internet Access and Windscribe have no system of their own that is known for sure:
// they rent from those named here and among the hosts. Nothing replaces a list of addresses under enrich.networks.
func vpnOwners() []owner {
	return []owner{
		{"Strong Technology (IPVanish, StrongVPN)", false, []uint32{13926, 22781, 54203, 62651, 63128, 140952}},
		{"Highwinds, StackPath (IPVanish)", true, []uint32{11588, 12989, 20446, 33438}},
		{"IPVanish", true, []uint32{46253}},
		{"Tefincom (NordVPN)", false, []uint32{136787}},
		{"Tefincom (NordVPN)", true, []uint32{208312}},
		{"PacketHub (NordVPN, Surfshark)", false, []uint32{141039, 147049, 207137}},
		{"Surfshark", false, []uint32{209854}},
		{"Surfshark", true, []uint32{212537}},
		{"Proton (ProtonVPN)", false, []uint32{199218, 208172, 209103}},
		{"Proton (its mail and offices too)", true, []uint32{62371}},
		{"Mullvad", false, []uint32{216025}},
		{"Mullvad", true, []uint32{197141}},
		{"31173 Services (Mullvad)", false, []uint32{39351}},
		{"Privado Networks (PrivadoVPN)", false, []uint32{50525}},
		{"Avast, Gen Digital (HideMyAss; its offices too)", true, []uint32{198605}},
		{"VPNtranet", false, []uint32{20448}},
		{"M247 (many VPN services)", false, []uint32{9009, 16247}},
		{"Datacamp (many VPN services)", false, []uint32{60068, 212238}},
		{"Performive (many VPN services)", false, []uint32{46562}},
		{"GSL Networks (many VPN services)", false, []uint32{137409}},
	}
}

// torOwners are associations that run Tor exits.
func torOwners() []owner {
	return []owner{
		{"Stiftung Erneuerbare Freiheit (Tor exits)", false, []uint32{60729}},
		{"Foundation for Applied Privacy (Tor exits)", false, []uint32{208323}},
		{"Emerald Onion (Tor exits)", false, []uint32{396507}},
		{"Calyx Institute (Tor exits, access too)", true, []uint32{4224}},
	}
}

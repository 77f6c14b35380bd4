package network

// builtIn is the source of what the tables below say.
const builtIn = "network: built-in table of autonomous systems"

// system is one autonomous system whose business is known.
type system struct {
	asn  uint32
	name string
}

// systems joins the tables below.
func systems() map[uint32]Network {
	all := map[uint32]Network{}
	for kind, table := range map[Kind][]system{
		AWS: awsSystems(), VPN: vpnSystems(), Tor: torSystems(), Hosting: hostingSystems(), ISP: ispSystems(),
	} {
		for _, s := range table {
			all[s.asn] = Network{Kind: kind, Name: s.name, Source: builtIn}
		}
	}
	return all
}

func awsSystems() []system {
	return []system{
		{16509, "Amazon"},
		{14618, "Amazon"},
		{8987, "Amazon Data Services Ireland"},
		{7224, "Amazon"},
		{38895, "Amazon"},
		{62785, "Amazon"},
	}
}

// vpnSystems belong to VPN services, or to hosts that carry little else than VPN services.
func vpnSystems() []system {
	return []system{
		{12989, "Highwinds (IPVanish)"},
		{20446, "Highwinds (IPVanish)"},
		{33438, "Highwinds (IPVanish)"},
		{136787, "Tefincom (NordVPN)"},
		{141039, "PacketHub (NordVPN, Surfshark)"},
		{147049, "PacketHub (NordVPN, Surfshark)"},
		{207137, "PacketHub (NordVPN, Surfshark)"},
		{9009, "M247 (many VPN services)"},
		{60068, "Datacamp (many VPN services)"},
		{212238, "Datacamp (many VPN services)"},
		{46562, "Performive (many VPN services)"},
		{137409, "GSL Networks (many VPN services)"},
		{62371, "Proton (ProtonVPN)"},
		{199218, "Proton (ProtonVPN)"},
		{209103, "Proton (ProtonVPN)"},
		{39351, "31173 Services (Mullvad)"},
		{216025, "Mullvad"},
		{198605, "Privax (HideMyAss, Avast)"},
	}
}

// torSystems are run by associations for their Tor exits.
func torSystems() []system {
	return []system{
		{60729, "Stiftung Erneuerbare Freiheit (Tor exits)"},
		{208323, "Foundation for Applied Privacy (Tor exits)"},
	}
}

func hostingSystems() []system {
	return append(cloudSystems(), rentalSystems()...)
}

// cloudSystems are the large clouds and content networks.
func cloudSystems() []system {
	return []system{
		{8075, "Microsoft Azure"},
		{15169, "Google"},
		{396982, "Google Cloud"},
		{31898, "Oracle Cloud"},
		{36351, "IBM Cloud"},
		{37963, "Alibaba Cloud"},
		{45102, "Alibaba Cloud"},
		{45090, "Tencent Cloud"},
		{132203, "Tencent Cloud"},
		{55990, "Huawei Cloud"},
		{136907, "Huawei Cloud"},
		{200350, "Yandex Cloud"},
		{13335, "Cloudflare"},
		{20940, "Akamai"},
		{54113, "Fastly"},
		{36459, "GitHub"},
		{40509, "Fly.io"},
		{54825, "Equinix Metal"},
		{19994, "Rackspace"},
		{27357, "Rackspace"},
		{33070, "Rackspace"},
	}
}

// rentalSystems rent out single machines to anybody.
func rentalSystems() []system {
	return []system{
		{16276, "OVH"},
		{24940, "Hetzner"},
		{213230, "Hetzner"},
		{14061, "DigitalOcean"},
		{63949, "Linode"},
		{20473, "Vultr"},
		{51167, "Contabo"},
		{12876, "Scaleway"},
		{7203, "Leaseweb"},
		{28753, "Leaseweb"},
		{30633, "Leaseweb"},
		{60781, "Leaseweb"},
		{396362, "Leaseweb"},
		{8560, "IONOS"},
		{6724, "Strato"},
		{197540, "netcup"},
		{31034, "Aruba"},
		{202053, "UpCloud"},
		{47583, "Hostinger"},
		{26496, "GoDaddy"},
		{26347, "DreamHost"},
		{46606, "Unified Layer"},
		{22612, "Namecheap"},
		{8100, "QuadraNet"},
		{36352, "ColoCrossing"},
		{40676, "Psychz"},
		{46844, "Sharktech"},
		{21859, "Zenlayer"},
		{43350, "NForce"},
		{49981, "WorldStream"},
		{54290, "Hostwinds"},
		{53667, "FranTech"},
		{29802, "Hivelocity"},
		{36007, "Kamatera"},
		{7979, "Servers.com"},
		{25369, "Hydra Communications"},
		{13213, "UK2"},
		{20860, "iomart"},
		{49505, "Selectel"},
		{9123, "Timeweb"},
		{197695, "Reg.ru"},
		{199524, "G-Core Labs"},
		{29222, "Infomaniak"},
		{61098, "Exoscale"},
		{62240, "Clouvider"},
		{63023, "GTHost"},
		{63473, "HostHatch"},
		{55286, "ServerMania"},
		{62904, "Eonix"},
		{11878, "tzulo"},
		{57169, "EDIS"},
		{202425, "IP Volume"},
		{9370, "Sakura Internet"},
		{9371, "Sakura Internet"},
		{7506, "GMO Internet"},
	}
}

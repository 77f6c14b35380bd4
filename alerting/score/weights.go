package score

// Weights are the points of each factor, by its name. Red flags have 0 or more points, reliefs 0 or less.
type Weights struct {
	Tor       int `yaml:"tor"`
	Malicious int `yaml:"malicious"`
	VPN       int `yaml:"vpn"`
	Hosting   int `yaml:"hosting"`
	Corporate int `yaml:"corporate"`

	CountryForeign int `yaml:"country_foreign"`
	CountryHome    int `yaml:"country_home"`
	CountryNew     int `yaml:"country_new"`
	Travel         int `yaml:"travel"`

	UserNew      int `yaml:"user_new"`
	UserUnusual  int `yaml:"user_unusual"`
	UserDormant  int `yaml:"user_dormant"`
	UserFamiliar int `yaml:"user_familiar"`

	MachineMoved       int `yaml:"machine_moved"`
	AutomationExpected int `yaml:"automation_expected"`
	Root               int `yaml:"root"`
	Burst              int `yaml:"burst"`

	BucketName   int `yaml:"bucket_name"`
	BucketPublic int `yaml:"bucket_public"`
	Website      int `yaml:"website"`
	Account      int `yaml:"account"`
}

// The factors that are no weights of context.
const (
	grantFactor   = "grant"   // the deed itself, where it lets somebody in
	ruleFactor    = "rule"    // the deed itself, where it does not
	floorFactor   = "floor"   // what lifts the sum to a bound that context cannot undo
	capFactor     = "cap"     // what cuts the sum to 100
	attemptFactor = "attempt" // one step down, for the call was refused
	addressFactor = "address" // an address that counts neither way
	countryFactor = "country" // a country that counts neither way
	userFactor    = "user"    // a history that counts neither way
)

// The factors of context, named as their weights.
const (
	torFactor                = "tor"
	maliciousFactor          = "malicious"
	vpnFactor                = "vpn"
	hostingFactor            = "hosting"
	corporateFactor          = "corporate"
	countryForeignFactor     = "country_foreign"
	countryHomeFactor        = "country_home"
	countryNewFactor         = "country_new"
	travelFactor             = "travel"
	userNewFactor            = "user_new"
	userUnusualFactor        = "user_unusual"
	userDormantFactor        = "user_dormant"
	userFamiliarFactor       = "user_familiar"
	machineMovedFactor       = "machine_moved"
	automationExpectedFactor = "automation_expected"
	rootFactor               = "root"
	burstFactor              = "burst"
	bucketNameFactor         = "bucket_name"
	bucketPublicFactor       = "bucket_public"
	websiteFactor            = "website"
	accountFactor            = "account"
)

// weight is one factor of context in the table.
type weight struct {
	name    string
	points  int
	relief  bool
	meaning string
}

// table lists every weight in the order its factor is told.
func (w Weights) table() []weight {
	return []weight{
		{torFactor, w.Tor, false, "the call came from a Tor exit"},
		{maliciousFactor, w.Malicious, false, "the call came from an address on a list of malicious ones"},
		{vpnFactor, w.VPN, false, "the call came from a VPN or an open proxy"},
		{hostingFactor, w.Hosting, false, "the call came from a hosting provider"},
		{corporateFactor, w.Corporate, true, "the call came from the company's own network"},
		{countryForeignFactor, w.CountryForeign, false, "the country is none of home_countries"},
		{countryHomeFactor, w.CountryHome, true, "the country is one of home_countries"},
		{countryNewFactor, w.CountryNew, false, "the user was never seen in this country"},
		{travelFactor, w.Travel, false, "the user cannot have travelled here in the time"},
		{userNewFactor, w.UserNew, false, "the user was never seen before"},
		{userUnusualFactor, w.UserUnusual, false, "the user never did this before, or not from such a place or with such a tool: at most this"},
		{userDormantFactor, w.UserDormant, false, "the user returns after a long silence"},
		{userFamiliarFactor, w.UserFamiliar, true, "the user is where and with what they usually are"},
		{machineMovedFactor, w.MachineMoved, false, "a machine calls from a rented or hidden network it never used; never below high"},
		{automationExpectedFactor, w.AutomationExpected, true, "a declared principal makes a call declared as expected"},
		{rootFactor, w.Root, false, "the root user acts; from a new country never below critical"},
		{burstFactor, w.Burst, false, "the user reads, lists or deletes unusually much at the time"},
		{bucketNameFactor, w.BucketName, false, "the bucket's name is as sensitive as can be; less in proportion"},
		{bucketPublicFactor, w.BucketPublic, true, "a readable bucket's name speaks of something public"},
		{websiteFactor, w.Website, true, "a readable bucket serves a website"},
		{accountFactor, w.Account, false, "the account's weight is 2; for others in proportion to weight - 1, at most 20 either way"},
	}
}

package bucketname

// Name is what a bucket's name says about its contents.
type Name struct {
	Sensitivity int      // 0..100; 0 when nothing in the name speaks of secrets
	Reasons     []string // "\"kops\" and \"state\": state of Kubernetes clusters", strongest first
	Public      bool     // the name speaks of something meant to be public: www, static, assets, a domain name
}

package sqs

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// RegionOf reads the region from the host of a queue's URL, in every form that AWS has given them: regional, FIPS,
// dual-stack, VPC endpoint and legacy, of every partition. It is empty when the host does not say.
func RegionOf(queueURL string) string {
	u, err := url.Parse(queueURL)
	if err != nil {
		return ""
	}
	labels := strings.Split(strings.ToLower(u.Hostname()), ".")
	region := regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	for i, label := range labels {
		switch {
		case (label == "sqs" || label == "sqs-fips") && i+1 < len(labels) && region.MatchString(labels[i+1]):
			return labels[i+1]
		case label == "queue" && i > 0 && region.MatchString(labels[i-1]):
			return labels[i-1]
		}
	}
	if u.Hostname() == "queue.amazonaws.com" {
		return "us-east-1"
	}
	return ""
}

// at calls the queue at the host of its URL, such as a VPC endpoint. The SDK's own settings of an endpoint come first,
// and the usual host of a region is left to the SDK's rules.
func at(queueURL string) func(*sqs.Options) {
	return func(o *sqs.Options) {
		u, err := url.Parse(queueURL)
		if err != nil || u.Host == "" || o.BaseEndpoint != nil || u.Scheme == "https" && usual(u.Host) {
			return
		}
		o.BaseEndpoint = aws.String(u.Scheme + "://" + u.Host)
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled // the host says which
		o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
	}
}

// usual reports whether a host is the one that the SDK calls in its region by itself.
func usual(host string) bool {
	region := RegionOf("https://" + host)
	return region != "" && (host == "sqs."+region+".amazonaws.com" || host == "sqs."+region+".amazonaws.com.cn")
}

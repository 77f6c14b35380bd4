package score

import (
	"fmt"
	"math"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

const (
	sensitive  = 70 // from here on a public bucket is never below high
	harmless   = 40 // below this a bucket may be meant to be public
	mostWeight = 20 // points an account may count either way
)

// bucket judges by what the bucket's name and its website say.
func (c Config) bucket(in Input) []factor {
	name := in.Facts.Bucket
	readable := in.Grant.Reach.Public() && in.Grant.Access.rank() <= Read.rank()
	var all []factor
	if name.Sensitivity > 0 {
		f := flag(bucketNameFactor, (name.Sensitivity*c.Weights.BucketName+50)/100,
			fmt.Sprintf("name suggests sensitive data (%d/100): %s", name.Sensitivity, strings.Join(name.Reasons, "; ")))
		if name.Sensitivity >= sensitive && in.Grant.Reach.Public() && in.Grant.Access.rank() >= List.rank() && success(in) >= alert.Medium {
			f.floor, f.why = alert.High, "minimum for a public bucket with a sensitive name: high"
		}
		all = append(all, f)
	}
	if name.Sensitivity >= harmless || !readable {
		return all
	}
	if name.Public {
		all = append(all, flag(bucketPublicFactor, c.Weights.BucketPublic, "name suggests public content"))
	}
	if in.Website {
		all = append(all, flag(websiteFactor, c.Weights.Website, "static website hosting is enabled"))
	}
	return all
}

// account counts what the settings say the account is worth.
func (c Config) account(in Input) []factor {
	a := in.Facts.Account
	if a.Weight == 0 || a.Weight == 1 {
		return nil
	}
	points := int(math.Round((a.Weight - 1) * float64(c.Weights.Account)))
	points = max(-mostWeight, min(mostWeight, points))
	name := a.Name
	if name == "" {
		name = a.ID
	}
	return []factor{flag(accountFactor, points, fmt.Sprintf("account %s has weight %g", name, a.Weight))}
}

// Package exposure knows who can reach an S3 bucket, and why. It is pure: it takes values, returns values, does
// no I/O and reads no clock, so every verdict can be given again from the same records.
//
// It answers two questions that are never mixed. Is the bucket public as S3 itself defines the word ("The
// meaning of public" in the S3 User Guide)? That is Verdict.Public, judged by the letter. And who could really
// use the grant? That is Verdict.Reach, from which the severity follows. Evaluate answers both for one moment:
//
//	policy, err := exposure.ParsePolicy(text)
//	v := exposure.Evaluate(exposure.Input{Policy: policy, Ownership: exposure.BucketOwnerEnforced})
//	fmt.Println(v.Public, v.Reach, v.Effective, v.Reasons)
//
// A grant is live only behind open gates: Public Access Block of the bucket, the account and the organization,
// and Object Ownership. A public grant behind a closed gate is latent, and wakes up when the gate goes.
//
// Over time the same knowledge is kept as state: Bucket and Account hold each fact with the time and the id of
// the event that set it, or as unknown. Apply places one CloudTrail record in that state and tells what it
// changed. Facts are ordered by event time, not by arrival, so records may come late, twice or in any order.
//
// What cannot be parsed or judged is "cannot tell", never private. A Deny may lower a severity, never silence.
package exposure

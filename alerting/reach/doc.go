// Package reach knows who can list, read, write, delete or re-permit an S3 bucket, and through which statement. It is
// pure: it takes documents as AWS answers them and returns answers, does no I/O and reads no clock.
//
//	docs := reach.ParseDocuments(text)
//	a := reach.NewBucket("claims-archive", "111122223333", "aws", docs).Ask(reach.Ask{
//		Principal: "arn:aws:iam::111122223333:role/analyst", Action: "s3:GetObject", Resource: "object:2026/a.pdf",
//	})
//	fmt.Println(a.Answer, a.Because.Policy, a.Conditions)
//
// It follows IAM's "Policy evaluation logic": an explicit Deny in any document ends it; resource and service control
// policies must let the call through; inside one account the caller's side or the bucket's is enough, across accounts both
// are needed; boundaries, Public Access Block, Object Ownership and the key of the objects take away from what is granted.
//
// Every part is judged as yes, no or open. It is open for the sake of a condition that only the call decides, which the
// answer then names, or for the sake of a document that was not read or cannot be understood, which makes the answer
// unknown where the document could change it. Nothing missing or broken ever makes an answer no.
package reach

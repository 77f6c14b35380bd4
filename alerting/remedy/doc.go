// Package remedy plans what closes an exposure. It is pure: what is known of buckets and their account goes in, plans
// come out as values, and nothing is called.
//
//	for _, plan := range remedy.Close(state, targets) {
//		fmt.Println(plan.Effect, plan.Warnings, plan.Undoable())
//		for _, w := range plan.Writes {
//			fmt.Println(w.Command()) // aws s3api delete-bucket-policy --bucket b
//		}
//	}
//
// # What a plan promises
//
// After it nothing of its target is public, by the evaluator of package exposure. It gives nobody outside the account
// anything that the present documents do not give, but for known accounts and the own organization. Every Allow that
// is not public stays as it is, byte for byte where its statement is not touched. Where no such plan is known there is
// none: a document that was not seen, or cannot be judged, is never rewritten.
//
// # What is preferred
//
// Block Public Access and Object Ownership go back to what they were where the exposure began by turning them off. A
// policy or an ACL goes back to what it was before the exposure where that keeps all it must keep and is not public
// itself, else it loses its public principals, statements and grants. Block Public Access closes what cannot be
// rewritten, with a warning of what it stops besides. It is no remedy for a share with a named account, organization or
// address range: there the principal, statement or grant itself is taken out, unless it was there before the exposure.
package remedy

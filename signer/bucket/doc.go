// Package bucket knows what a vault's bucket must be: its lifecycle rule, its
// default encryption, its CORS rule and its policy, as data (Desired); which
// IAM actions each part of Longshore needs and why (Permissions); how the
// desired state joins what others put there, and how to say the difference in
// words (MakePlan); how to bring it about and prove it (Apply); and how to tell
// from outside whether all is well (Examine).
//
// It speaks to the bucket through Vault, which signer/s3 implements. It must not
// know the AWS SDK or any other client, nor flags, terminals and exit codes
// (cmd/longshore-signer). Nothing of it runs while the signer serves.
package bucket

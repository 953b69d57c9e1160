// Package deploy holds what an administrator deploys a vault with: Terraform, the
// same policies as plain JSON, a Dockerfile and a systemd unit; and what belongs
// beside the window on a desktop. It has no code of
// its own but tests, which hold these files equal to what `longshore-signer
// setup` applies (signer/bucket) and to the flags that the program has. It must
// not know how a bucket is set up, or how uploads are signed.
package deploy

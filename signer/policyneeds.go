package signer

import "slices"

// KMSKeys gives the KMS keys that the file names beside the vault's own. The
// bucket's policy must let them in, and the signer's role use them.
func (p *PolicyFile) KMSKeys() []string { return slices.Clone(p.current().kmsKeys) }

package bucket

import "fmt"

// mergeEncryption sets the default encryption of the bucket's one rule and keeps
// what else is in it (S3 keeps there, for example, which encryptions are
// blocked). knowsBucketKeys is false for servers that may drop that field.
func mergeEncryption(before []byte, want DefaultEncryption, knowsBucketKeys bool) (after []byte, lines []Line, err error) {
	root, err := parseXML(before)
	if err != nil {
		return nil, nil, err
	}
	if root == nil {
		root = node("ServerSideEncryptionConfiguration")
	}
	rule := root.at("Rule")
	if rule == nil {
		rule = node("Rule")
		root.Children = append(root.Children, rule)
	}
	have := readEncryption(rule)
	says := fmt.Sprintf("uploads that say nothing of encryption get %s with the vault's key", want.Algorithm)
	switch {
	case have == want:
		return root.bytes(), []Line{{Kept, says + ", and a bucket key"}}, nil
	case !knowsBucketKeys && have.Algorithm == want.Algorithm && have.KeyID == want.KeyID:
		return root.bytes(), []Line{{Kept, says}, {Note, "this server keeps no bucket keys; each object costs it a call to its KMS"}}, nil
	}
	apply := rule.at("ApplyServerSideEncryptionByDefault")
	if apply == nil {
		apply = node("ApplyServerSideEncryptionByDefault")
	}
	apply.set(leaf("SSEAlgorithm", want.Algorithm))
	apply.set(leaf("KMSMasterKeyID", want.KeyID))
	rule.set(apply)
	rule.set(leaf("BucketKeyEnabled", fmt.Sprint(want.BucketKey)))
	lines = []Line{{Changed, says + ", and a bucket key"}}
	switch {
	case have.Algorithm == "":
		lines[0].Mark = Added
	case have.Algorithm != want.Algorithm:
		lines = append(lines, Line{Note, "so far it is " + have.Algorithm})
	case have.KeyID != want.KeyID:
		lines = append(lines, Line{Note, "so far it is another key: " + orNone(have.KeyID)})
	}
	return root.bytes(), lines, nil
}

func readEncryption(rule *element) DefaultEncryption {
	return DefaultEncryption{
		Algorithm: rule.text("ApplyServerSideEncryptionByDefault", "SSEAlgorithm"),
		KeyID:     rule.text("ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"),
		BucketKey: rule.text("BucketKeyEnabled") == "true",
	}
}

// parseEncryption reads the document's one rule.
func parseEncryption(body []byte) (DefaultEncryption, error) {
	root, err := parseXML(body)
	return readEncryption(root.at("Rule")), err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

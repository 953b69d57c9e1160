package bucket

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Paper is a document that an administrator can apply without this program: as
// JSON in the form that AWS's command line takes.
type Paper string

// The papers. PaperRole is the identity policy of the role that serves.
const (
	PaperPolicy     Paper = "bucket-policy"
	PaperKey        Paper = "key-policy"
	PaperRole       Paper = "serve-role"
	PaperLifecycle  Paper = "lifecycle"
	PaperCORS       Paper = "cors"
	PaperEncryption Paper = "encryption"
)

// Papers lists them.
func Papers() []Paper {
	return []Paper{PaperPolicy, PaperKey, PaperRole, PaperLifecycle, PaperCORS, PaperEncryption}
}

// Paper gives a document, indented and with a line feed at its end; it is what
// Apply would make in an empty bucket. Errors say in words what d or u lack.
func (d Desired) Paper(p Paper, u KeyUsers) ([]byte, error) {
	content, err := d.paper(p, u)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(content)
	return b.Bytes(), err
}

// statements is a policy around any kind of statement.
type statements struct {
	Version   string
	Statement any
}

const policyVersion = "2012-10-17"

func (d Desired) paper(p Paper, u KeyUsers) (any, error) {
	switch p {
	case PaperPolicy:
		return statements{policyVersion, d.Statements()}, nil
	case PaperKey:
		list, err := d.KeyStatements(u)
		return statements{policyVersion, list}, err
	case PaperRole:
		return statements{policyVersion, d.RoleStatements(RoleServe)}, nil
	case PaperLifecycle:
		return d.lifecyclePaper(), nil
	case PaperCORS:
		rule, ok := d.CORSRule()
		if !ok {
			return nil, errors.New("without an origin there is no CORS rule: give --allow-origin")
		}
		return map[string]any{"CORSRules": []any{rule}}, nil
	case PaperEncryption:
		e, ok := d.DefaultEncryption()
		if !ok {
			return nil, errors.New("without a KMS key there is no default encryption to set")
		}
		return encryptionPaper(e), nil
	}
	names := make([]string, 0, len(Papers()))
	for _, p := range Papers() {
		names = append(names, string(p))
	}
	return nil, fmt.Errorf("there is no document %q: say one of %s", p, strings.Join(names, ", "))
}

// lifecyclePaper is named as the API names it (AWS docs,
// PutBucketLifecycleConfiguration).
func (d Desired) lifecyclePaper() any {
	type abort struct{ DaysAfterInitiation int }
	type rule struct {
		ID                             string
		Status                         string
		Filter                         struct{ Prefix string }
		AbortIncompleteMultipartUpload abort
	}
	r := d.AbortRule()
	return map[string]any{"Rules": []rule{{ID: r.ID, Status: "Enabled", AbortIncompleteMultipartUpload: abort{r.Days}}}}
}

func encryptionPaper(e DefaultEncryption) any {
	type byDefault struct{ SSEAlgorithm, KMSMasterKeyID string }
	type rule struct {
		ApplyServerSideEncryptionByDefault byDefault
		BucketKeyEnabled                   bool
	}
	return map[string]any{"Rules": []rule{{byDefault{e.Algorithm, e.KeyID}, e.BucketKey}}}
}

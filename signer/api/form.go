package api

import "time"

// FormRequest asks for a form that sends one whole object from a web page. See
// InitRequest for the fields.
type FormRequest struct {
	FileName     string            `json:"fileName"`
	MimeType     string            `json:"mimeType"`
	RelativePath string            `json:"relativePath,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
}

// FormResponse is a signed form: POST Fields and then the file, in the field
// "file", to URL as multipart/form-data. S3 holds the body against the largest
// size; nobody verifies it.
type FormResponse struct {
	ObjectKey string            `json:"objectKey"`
	URL       string            `json:"url"`
	Fields    map[string]string `json:"fields"`
	ExpiresIn int               `json:"expiresIn"` // seconds from when the request was sent
	ExpiresAt time.Time         `json:"expiresAt"`
}

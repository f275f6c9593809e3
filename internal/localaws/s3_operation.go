package localaws

import (
	"net/http"
	"net/url"
	"strings"
)

func eventName(c Call) string {
	if name := s3EventNames[c.Operation]; c.Service == "s3" && name != "" {
		return name
	}
	return c.Operation
}

// iamAction is the action that a call needs, without its prefix.
func iamAction(c Call) string {
	if name := s3Actions[c.Operation]; c.Service == "s3" && name != "" {
		return name
	}
	return c.Operation
}

// Action is the IAM action that the call needs, as in "s3:PutLifecycleConfiguration".
func (c Call) Action() string { return c.Service + ":" + iamAction(c) }

// readS3 names the operation of an S3 request, which is told by method, path depth and query only.
func readS3(r *http.Request, body []byte) (string, map[string]any) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	params := map[string]any{}
	for name := range query {
		if !strings.HasPrefix(strings.ToLower(name), "x-amz-") && name != "x-id" {
			params[name] = query.Get(name)
		}
	}
	for name, values := range r.Header {
		if lower := strings.ToLower(name); toldHeader(lower) {
			params[lower] = values[0]
		}
	}
	if tree, err := parseXML(body); err == nil && len(body) > 0 {
		params[tree.name] = tree.value(func(name string) string { return name })
	}
	switch {
	case bucket == "":
		return "ListBuckets", params
	case key == "":
		params["Bucket"] = bucket
		return bucketOperation(r.Method, query), params
	default:
		params["Bucket"], params["Key"] = bucket, key
		return objectOperation(r, query), params
	}
}

func toldHeader(name string) bool {
	return s3Header[name] || strings.HasPrefix(name, "x-amz-object-lock") || strings.HasPrefix(name, "x-amz-server-side")
}

var s3Verbs = map[string]string{
	http.MethodGet: "Get", http.MethodPut: "Put", http.MethodDelete: "Delete", http.MethodHead: "Head", http.MethodPost: "Post",
}

// listedParts are addressed with an id; without one they are a list.
var listedParts = map[string]bool{"analytics": true, "inventory": true, "metrics": true, "intelligent-tiering": true}

func bucketOperation(method string, query url.Values) string {
	for part, name := range bucketParts {
		if !query.Has(part) {
			continue
		}
		if listedParts[part] && method == http.MethodGet && !query.Has("id") {
			return "List" + name + "s"
		}
		return s3Verbs[method] + name
	}
	for key, name := range bucketCalls {
		if query.Has(key) {
			return name
		}
	}
	return wholeBucketOperation(method, query)
}

// wholeBucketOperation has no query key to tell it.
func wholeBucketOperation(method string, query url.Values) string {
	switch {
	case method == http.MethodPut:
		return "CreateBucket"
	case method == http.MethodGet && query.Get("list-type") == "2":
		return "ListObjectsV2"
	case method == http.MethodGet:
		return "ListObjects"
	default:
		return s3Verbs[method] + "Bucket"
	}
}

// bucketCalls are told by a query key, whatever the method.
var bucketCalls = map[string]string{
	"versions": "ListObjectVersions", "uploads": "ListMultipartUploads", "delete": "DeleteObjects",
}

// uploadCalls are the calls about one upload in parts.
var uploadCalls = map[string]string{
	http.MethodPut: "UploadPart", http.MethodGet: "ListParts", http.MethodDelete: "AbortMultipartUpload",
	http.MethodPost: "CompleteMultipartUpload",
}

func objectOperation(r *http.Request, query url.Values) string {
	for part, name := range objectParts {
		if query.Has(part) {
			return s3Verbs[r.Method] + name
		}
	}
	switch {
	case query.Has("uploadId"):
		return uploadCalls[r.Method]
	case query.Has("uploads"):
		return "CreateMultipartUpload"
	case query.Has("restore"):
		return "RestoreObject"
	case query.Has("select"):
		return "SelectObjectContent"
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	default:
		return s3Verbs[r.Method] + "Object"
	}
}

// s3Parameters are requestParameters of a bucket call: the bucket, the part with an empty text, headers, and the body as a tree.
func (x *exchange) s3Parameters() map[string]any {
	params := map[string]any{"Host": "s3." + x.call.Region + ".amazonaws.com"}
	for name, value := range x.call.Params {
		switch name {
		case "Bucket":
			params["bucketName"] = value
		case "Key":
			params["key"] = value
		default:
			params[name] = value
		}
	}
	if x.call.Operation == "PutBucketPolicy" {
		params["bucketPolicy"] = jsonOrText(x.body)
	}
	return params
}

package localaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// inquiry is a question of the recorder itself to moto: it leaves no record and no call.
type inquiry struct {
	x                       *exchange
	service, region, method string
	path, contentType       string
	target                  string
	body                    []byte
}

func (q inquiry) send() (*answer, error) {
	request, err := http.NewRequestWithContext(q.x.ctx, q.method, q.x.server.moto.base+q.path, io.Reader(bytes.NewReader(q.body)))
	if err != nil {
		return nil, fmt.Errorf("ask moto: %w", err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+q.x.caller.AccessKeyID+"/20260101/"+q.region+"/"+q.service+
		"/aws4_request, SignedHeaders=host, Signature=none")
	if q.contentType != "" {
		request.Header.Set("Content-Type", q.contentType)
	}
	if q.target != "" {
		request.Header.Set("X-Amz-Target", q.target)
	}
	return q.x.server.moto.send(request, q.x.account.ID)
}

// askQuery asks a query service; the answer is the element "<Action>Result". Nil means that moto answered an error.
func (x *exchange) askQuery(service, version, action string, params ...string) (*node, error) {
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i+1 < len(params); i += 2 {
		form.Set(params[i], params[i+1])
	}
	q := inquiry{
		x: x, service: service, region: x.call.Region, method: http.MethodPost, path: "/",
		contentType: "application/x-www-form-urlencoded", body: []byte(form.Encode()),
	}
	a, err := q.send()
	if err != nil || a.status != http.StatusOK {
		return nil, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	return tree.find(action + "Result"), nil
}

const iamVersion = "2010-05-08"

func (x *exchange) askIAM(action string, params ...string) (*node, error) {
	return x.askQuery("iam", iamVersion, action, params...)
}

// askJSON asks a JSON service. False means that moto answered an error.
func (x *exchange) askJSON(service, region, target string, in, out any) (bool, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return false, err
	}
	q := inquiry{
		x: x, service: service, region: region, method: http.MethodPost, path: "/", target: target,
		contentType: "application/x-amz-json-1.1", body: body,
	}
	a, err := q.send()
	if err != nil || a.status != http.StatusOK {
		return false, err
	}
	if len(a.body) == 0 {
		return true, nil
	}
	return true, json.Unmarshal(a.body, out)
}

// askS3 asks S3; the caller judges the status.
func (x *exchange) askS3(method, path, body string) (*answer, error) {
	return inquiry{x: x, service: "s3", region: x.call.Region, method: method, path: path, body: []byte(body)}.send()
}

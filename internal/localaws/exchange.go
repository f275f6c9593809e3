package localaws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// exchange is one call on its way through the recorder.
type exchange struct {
	ctx      context.Context //nolint:containedctx // an exchange lives exactly as long as its request
	server   *Server
	account  *Account
	caller   Principal
	request  *http.Request
	protocol protocol
	body     []byte
	form     url.Values
	call     Call
	now      time.Time
	id       string
	// trailsBefore are the trails before a call that changes one: StopLogging is still logged by the trail that it stops.
	trailsBefore []trail
}

// answer is what goes back to the client.
type answer struct {
	status int
	header http.Header
	body   []byte
	// reset closes the connection instead of answering.
	reset bool
}

// failure is an error answer of an AWS service.
type failure struct {
	status        int
	code, message string
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func fail(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// refuse is the failure of most services: HTTP 400.
func refuse(code, format string, args ...any) *failure {
	return fail(http.StatusBadRequest, code, format, args...)
}

// handler answers one operation where moto does not do as AWS does; most ask moto first or afterwards, by forward.
type handler func(*exchange) (*answer, error)

// A longAnswer is not given before leastLatency. The SDK for Go closes the body of a request when its answer begins; if the
// transport was not done with that body, it breaks the connection, and what of the answer is not in its buffer is lost. No
// answer of AWS is fast enough for that.
const (
	longAnswer   = 4 << 10
	leastLatency = 8 * time.Millisecond
)

// ServeHTTP takes a call through its stations: read, faults, answer, record. A test may call it without a socket, which
// cannot stand in a bubble of testing/synctest.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	x := s.read(r, body)
	leave := x.account.enter()
	defer leave()
	verdict := x.account.judge(x)
	if !x.wait(verdict.latency) {
		return
	}
	a := verdict.answer
	if a == nil {
		a = x.carryOut()
		x.account.afterwards(x, a)
	}
	x.account.settle(x, verdict, a)
	if verdict.lost {
		a = verdict.lostAnswer(x)
	}
	if early := leastLatency - time.Since(began); early > 0 && len(a.body) > longAnswer {
		x.wait(early)
	}
	x.finish(w, a)
}

// wait is the latency that a fault asks for; false when the client has gone.
func (x *exchange) wait(latency time.Duration) bool {
	if latency <= 0 {
		return true
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.ctx.Done():
		return false
	}
}

// carryOut answers the call: the key, then the recorder's own handler, else moto. A call that has arrived is carried out to its
// end, as on AWS, even if the caller hangs up meanwhile.
func (x *exchange) carryOut() *answer {
	x.ctx = context.WithoutCancel(x.ctx)
	if refused := x.checkKey(); refused != nil {
		return x.render(refused)
	}
	x.noteUse()
	if x.call.Service == "cloudtrail" && !x.call.ReadOnly {
		x.trailsBefore = x.account.trailsSeen()
	}
	h := x.server.handlers[x.call.Name()]
	if h == nil {
		h = (*exchange).forward
	}
	a, err := h(x)
	if err == nil {
		return a
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return x.render(f)
	}
	x.account.noteUnknown(x.call.Name() + " (" + err.Error() + ")")
	return x.render(refuse("LocalAWSFailure", "%v", err))
}

// checkKey refuses a key that was deactivated or deleted; moto never does.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys_manage.html
func (x *exchange) checkKey() *failure {
	if _, active := x.server.caller(x.caller.AccessKeyID); active {
		return nil
	}
	switch x.protocol {
	case protocolS3:
		return fail(http.StatusForbidden, "InvalidAccessKeyId",
			"The AWS Access Key Id you provided does not exist in our records.")
	case protocolQuery:
		return fail(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
	default:
		return refuse("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
}

// forward lets moto answer.
func (x *exchange) forward() (*answer, error) {
	target := x.server.moto.base + x.request.URL.RequestURI()
	request, err := http.NewRequestWithContext(x.ctx, x.request.Method, target, bytes.NewReader(x.body))
	if err != nil {
		return nil, fmt.Errorf("forward: %w", err)
	}
	request.Header = x.request.Header.Clone()
	request.Header.Del("Connection")
	request.Host = x.request.Host
	a, err := x.server.moto.send(request, x.account.ID)
	if err != nil {
		return nil, err
	}
	if reason := unknownTo(a); reason != "" {
		x.account.noteUnknown(x.call.Name())
		return nil, refuse("LocalAWSUnknownCall", "neither moto nor the recorder knows %s: %s (last error of moto: %s)",
			x.call.Name(), reason, x.server.moto.output.lastError())
	}
	return a, nil
}

// unknownTo says why an answer of moto is none: its web framework answered, or the operation is not there.
func unknownTo(a *answer) string {
	kind := a.header.Get("Content-Type")
	switch {
	case a.status == http.StatusNotImplemented:
		return "not implemented"
	case a.status >= http.StatusInternalServerError && strings.HasPrefix(kind, "text/html"):
		return "moto failed"
	case a.status == http.StatusNotFound && bytes.Contains(a.body, []byte("<title>404 Not Found</title>")):
		return "no such path"
	case bytes.Contains(a.body, []byte("action has not been implemented")):
		return "not implemented"
	default:
		return ""
	}
}

// withForm is the call with other parameters of a query service, to be forwarded.
func (x *exchange) withForm(form url.Values) *exchange {
	changed := x.withBody([]byte(form.Encode()))
	changed.form = form
	return changed
}

// withBody is the call with another body, to be forwarded; what is recorded stays what was sent.
func (x *exchange) withBody(body []byte) *exchange {
	changed := *x
	changed.body = body
	changed.request = x.request.Clone(x.ctx)
	changed.request.Header.Del("Content-Length")
	return &changed
}

// finish writes the answer.
func (x *exchange) finish(w http.ResponseWriter, a *answer) {
	if a.reset {
		// The way of net/http to cut the connection without an answer.
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		switch http.CanonicalHeaderKey(name) {
		case "Connection", "Server", "Transfer-Encoding", "Access-Control-Allow-Origin":
			continue
		case "Content-Length":
			// Only an answer to HEAD tells the length of a body that is not there.
			if x.request.Method != http.MethodHead {
				continue
			}
		}
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	if x.protocol == protocolS3 {
		w.Header().Set("X-Amz-Request-Id", x.id)
	} else {
		w.Header().Set("X-Amzn-Requestid", x.id)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

package localaws

import (
	"bytes"
	"net/http"
	"slices"
)

// confirmedByOwner are the protocols whose endpoint has to confirm a subscription. moto confirms every one at once.
// See https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
var confirmedByOwner = []string{"email", "email-json", "http", "https"}

var snsHandlers = map[string]handler{
	"Subscribe":                 (*exchange).subscribe,
	"ListSubscriptions":         (*exchange).listSubscriptions,
	"ListSubscriptionsByTopic":  (*exchange).listSubscriptions,
	"GetSubscriptionAttributes": (*exchange).withSubscription,
	"SetSubscriptionAttributes": (*exchange).withSubscription,
	"Unsubscribe":               (*exchange).withSubscription,
}

// ConfirmSubscriptions confirms every subscription of the account that waits for it, as people do who follow the links.
func (a *Account) ConfirmSubscriptions() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for arn := range a.confirmed {
		a.confirmed[arn] = true
	}
}

// pendingSubscription tells whether a subscription waits for its confirmation, which a new one does.
func (a *Account) pendingSubscription(arn string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.confirmed == nil {
		a.confirmed = map[string]bool{}
	}
	if _, known := a.confirmed[arn]; !known {
		a.confirmed[arn] = false
	}
	return !a.confirmed[arn]
}

// subscribe answers that a subscription is pending, and keeps its ARN to itself unless asked for it.
func (x *exchange) subscribe() (*answer, error) {
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK || !slices.Contains(confirmedByOwner, x.form.Get("Protocol")) {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	for _, arn := range tree.texts("SubscriptionArn") {
		if x.account.pendingSubscription(arn) && x.form.Get("ReturnSubscriptionArn") != "true" {
			a.body = bytes.ReplaceAll(a.body, []byte(arn), []byte("pending confirmation"))
		}
	}
	return a, nil
}

// listSubscriptions hides the ARNs of those that are pending.
// See https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html
func (x *exchange) listSubscriptions() (*answer, error) {
	a, err := x.forward()
	if err != nil {
		return nil, err
	}
	x.account.mu.Lock()
	defer x.account.mu.Unlock()
	for arn, confirmed := range x.account.confirmed {
		if !confirmed {
			a.body = bytes.ReplaceAll(a.body, []byte(arn), []byte("PendingConfirmation"))
		}
	}
	return a, nil
}

// withSubscription refuses what is no ARN, such as what a list has for that of a pending subscription.
func (x *exchange) withSubscription() (*answer, error) {
	if arnParts(x.form.Get("SubscriptionArn")).service != "sns" {
		return nil, refuse("InvalidParameter", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1")
	}
	return x.forward()
}

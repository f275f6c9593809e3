package localaws

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// s3Page is how many buckets ListBuckets answers at most.
const s3Page = 10000

// listBuckets cuts the page out of moto's list, which takes MaxBuckets and gives no token to go on with, and says where
// each bucket is where one region was asked for.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func (x *exchange) listBuckets() (*answer, error) {
	asked := x.request.URL.Query()
	size, after, err := bucketsAsked(asked)
	if err != nil {
		return nil, err
	}
	asked.Del("max-buckets")
	asked.Del("continuation-token")
	whole := x.withBody(x.body)
	whole.request.URL.RawQuery = asked.Encode()
	a, err := whole.forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	list := tree.find("Buckets")
	if list == nil {
		return a, nil
	}
	slices.SortFunc(list.children, func(a, b *node) int { return strings.Compare(a.textAt("Name"), b.textAt("Name")) })
	list.children = slices.DeleteFunc(list.children, func(n *node) bool { return n.textAt("Name") <= after })
	if len(list.children) > size {
		list.children = list.children[:size]
		last := list.children[size-1].textAt("Name")
		tree.children = append(tree.children, leaf("ContinuationToken", base64.StdEncoding.EncodeToString([]byte(last))))
	}
	if region := asked.Get("bucket-region"); region != "" {
		for _, bucket := range list.children {
			bucket.children = append(bucket.children, leaf("BucketRegion", region))
		}
	}
	a.body = tree.render()
	return a, nil
}

// bucketsAsked is the size of the page, and the name that it begins after.
func bucketsAsked(asked url.Values) (size int, after string, err error) {
	size = s3Page
	if text := asked.Get("max-buckets"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > s3Page {
			return 0, "", refuse("InvalidArgument", "Argument max-buckets must be an integer between 1 and %d.", s3Page)
		}
	}
	token, err := base64.StdEncoding.DecodeString(asked.Get("continuation-token"))
	if err != nil {
		return 0, "", refuse("InvalidArgument", "The continuation token provided is incorrect")
	}
	return size, string(token), nil
}

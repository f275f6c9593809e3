package localaws

import (
	"slices"
	"strings"
)

const (
	tagLimit         = 50
	tagKeyLimit      = 128
	tagValueLimit    = 256
	taggedListLimit  = 20
	reservedTagStart = "aws:"
)

// checkTags holds the limits of tags: of each, and of the trail with what it already has.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
func checkTags(sent, had []trailTag) error {
	bad := func(message string) error {
		return refuse("InvalidTagParameterException", "%s", message)
	}
	all := map[string]bool{}
	for _, tag := range had {
		all[tag.Key] = true
	}
	seen := map[string]bool{}
	for _, tag := range sent {
		switch {
		case tag.Key == "" || len([]rune(tag.Key)) > tagKeyLimit:
			return bad("A tag key must have 1 to 128 characters.")
		case len([]rune(tag.Value)) > tagValueLimit:
			return bad("A tag value can have 256 characters at most.")
		case strings.HasPrefix(strings.ToLower(tag.Key), reservedTagStart):
			return bad("Tag keys that begin with aws: are reserved.")
		case seen[tag.Key]:
			return bad("The tag key " + tag.Key + " occurs twice.")
		}
		seen[tag.Key], all[tag.Key] = true, true
	}
	if len(all) > tagLimit {
		return refuse("TagsLimitExceededException", "A trail can have %d tags at most.", tagLimit)
	}
	return nil
}

// tagged finds the trail of a resource ID, which must be an ARN.
func (x *exchange) tagged(arn string) (*trail, error) {
	if !trailARNForm.MatchString(arn) {
		return nil, refuse("CloudTrailARNInvalidException", "The ARN %s is not a valid trail ARN.", arn)
	}
	t, err := x.findTrail(arn)
	if err != nil {
		return nil, refuse("ResourceNotFoundException", "The resource %s does not exist.", arn)
	}
	return t, nil
}

func (x *exchange) addTags(in trailInput) (*answer, error) {
	t, err := x.tagged(in.ResourceId)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.TagsList, t.tags); err != nil {
		return nil, err
	}
	for _, tag := range in.TagsList {
		at := slices.IndexFunc(t.tags, func(had trailTag) bool { return had.Key == tag.Key })
		if at < 0 {
			t.tags = append(t.tags, tag)
		} else {
			t.tags[at].Value = tag.Value
		}
	}
	return answerJSON(map[string]any{})
}

// removeTags removes by key; when a value is sent it must be the tag's.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
func (x *exchange) removeTags(in trailInput) (*answer, error) {
	t, err := x.tagged(in.ResourceId)
	if err != nil {
		return nil, err
	}
	t.tags = slices.DeleteFunc(t.tags, func(had trailTag) bool {
		return slices.ContainsFunc(in.TagsList, func(sent trailTag) bool {
			return sent.Key == had.Key && (sent.Value == "" || sent.Value == had.Value)
		})
	})
	return answerJSON(map[string]any{})
}

func (x *exchange) listTags(in trailInput) (*answer, error) {
	if len(in.ResourceIdList) > taggedListLimit {
		return nil, refuse("InvalidParameterException", "Only %d resources can be asked for at once.", taggedListLimit)
	}
	list := []any{}
	for _, arn := range in.ResourceIdList {
		t, err := x.tagged(arn)
		if err != nil {
			return nil, err
		}
		tags := t.tags
		if tags == nil {
			tags = []trailTag{}
		}
		list = append(list, map[string]any{"ResourceId": arn, "TagsList": tags})
	}
	return answerJSON(map[string]any{"ResourceTagList": list})
}

package mfa

import (
	"context"
	"fmt"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

// Forms and limits of IAM; see
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
const (
	deviceLongestName, deviceLongestPath = 226, 512
	deviceLongestUser                    = 64
	// deviceOfRoot is the name of the device of the root user.
	deviceOfRoot = "root-account-mfa-device"
)

var (
	deviceNameForm = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]+$`)
	devicePathForm = regexp.MustCompile(`^/([!-.0-~]+/)*$`)
)

func deviceSchema(ctx context.Context) schema.Schema {
	name := func(longest int, text string, more ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{
			Required: true, MarkdownDescription: fmt.Sprintf("%s, 1 to %d characters. Changing it makes another device.", text, longest),
			Validators: append(more, stringvalidator.LengthBetween(1, longest),
				stringvalidator.RegexMatches(deviceNameForm, "must be of letters, digits and _+=,.@-")),
		}
	}
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: text}
	}
	only := " Exactly one of `age_recipients`, `seed_secret_id` and `seed_ssm_parameter` is needed. It can be changed together " +
		"with `recreate` only."
	attributes := map[string]schema.Attribute{
		"name": name(deviceLongestName, "Name of the device", stringvalidator.NoneOf(deviceOfRoot)),
		"path": schema.StringAttribute{
			Optional: true,
			Computed: true,
			Default:  stringdefault.StaticString("/"),
			MarkdownDescription: fmt.Sprintf(
				"Path of the device, which begins and ends with a slash; at most %d characters. Default `/`. "+
					"Changing it makes another device.",
				deviceLongestPath,
			),
			Validators: []validator.String{
				stringvalidator.LengthAtMost(deviceLongestPath),
				stringvalidator.RegexMatches(devicePathForm, "must begin and end with a slash, such as /break-glass/"),
			},
		},
		"user": name(deviceLongestUser, "Name of the IAM user for whom the device is enabled"),
		"age_recipients": schema.SetAttribute{
			ElementType: types.StringType,
			Optional:    true,
			MarkdownDescription: "Encrypts the seed to these [age](https://age-encryption.org) recipients (`age1…`), any one of whom " +
				"can read it. The encrypted text is `seed_encrypted`." + only,
			Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()},
		},
		"seed_secret_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Puts the seed as a new version into this secret of Secrets Manager: name or ARN of one that exists, " +
				"of the region of the ARN, else of the provider." + only,
			Validators: []validator.String{
				stringvalidator.RegexMatches(secretsink.SecretIDForm, "must be the name or the ARN of a secret"),
			},
		},
		"seed_ssm_parameter": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Writes the seed to this parameter of Systems Manager in the region of the provider, as a " +
				"SecureString. One that does not exist is made, with the account's default key; one that exists is overwritten " +
				"and keeps its key." + only,
			Validators: []validator.String{
				stringvalidator.LengthAtMost(secretsink.LongestParameter),
				stringvalidator.RegexMatches(secretsink.ParameterForm, "must be the name of a parameter, such as /break-glass/seed"),
			},
		},
		"recreate": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Any text; a change of it deletes the device and makes a new one with another seed, in place. Nothing " +
				"else does while the user has an active device.",
		},
		"timeouts":      framework.TimeoutsAttribute(ctx),
		"arn":           computed("ARN of the device."),
		"serial_number": computed("Serial number of the device, which is its ARN."),
		"seed_encrypted": computed("The seed, as armored text encrypted to `age_recipients`; decrypted it is a key in base32, as " +
			"authenticator apps take it. Null where the seed is kept elsewhere, and after an import."),
		"active": schema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether the user has an active MFA device, this one or any other. It is always planned " +
				"as true, so that a user without one shows as drift.",
		},
	}
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	return schema.Schema{
		MarkdownDescription: "Makes a virtual MFA device and enables it for a user in one step, such as for a break-glass user who " +
			"has no phone. The seed goes to a place of your choice, encrypted, and never to state, plan or log. A user who enrolls " +
			"another device later is left alone.",
		Attributes: attributes,
	}
}

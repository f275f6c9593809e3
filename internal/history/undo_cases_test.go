package history_test

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ruletypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	keytypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	centertypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	undoService  = "guardduty.amazonaws.com"
	denyLeaving  = `{"Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}`
	allowAll     = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	auditPolicy  = "arn:aws:iam::aws:policy/SecurityAudit"
	undoEndsWith = " --region " + providertest.Region
)

// undoOtherCases are the events of other services that can be undone.
var undoOtherCases = map[string]undoCase{
	"cloudtrail.StopLogging": {
		before: func(s *undoStage) { s.newTrail(); s.log(true) },
		remove: func(s *undoStage) { s.log(false) },
		is: func(s *undoStage) bool {
			return aws.ToBool(must[*cloudtrail.GetTrailStatusOutput](s.t)(s.trails().GetTrailStatus(s.t.Context(),
				&cloudtrail.GetTrailStatusInput{Name: aws.String("main")})).IsLogging)
		},
		says:   []string{"aws cloudtrail start-logging --name main" + undoEndsWith, "Next: What happened while the trail was off"},
		writes: []string{"cloudtrail:StartLogging"}, free: true,
	},
	"events.DisableRule": {
		before: func(s *undoStage) {
			s.does(s.rules().PutRule(s.t.Context(), &eventbridge.PutRuleInput{
				Name: aws.String("removals"), EventPattern: aws.String(`{"source":["aws.iam"]}`),
			}))
		},
		remove: func(s *undoStage) {
			s.does(s.rules().DisableRule(s.t.Context(), &eventbridge.DisableRuleInput{Name: aws.String("removals")}))
		},
		is:     func(s *undoStage) bool { return s.ruleOn("default") },
		says:   []string{"aws events enable-rule --name removals" + undoEndsWith, "It is ENABLED now"},
		writes: []string{"events:EnableRule"}, free: true,
	},
	"kms.DisableKey": {
		before: func(s *undoStage) { s.newKey() },
		remove: func(s *undoStage) {
			s.does(s.keys().DisableKey(s.t.Context(), &kms.DisableKeyInput{KeyId: s.id("key")}))
		},
		is:     func(s *undoStage) bool { return s.keyState() == keytypes.KeyStateEnabled },
		says:   []string{"aws kms enable-key --key-id {key}" + undoEndsWith},
		writes: []string{"kms:EnableKey"},
	},
	"kms.ScheduleKeyDeletion": {
		before: func(s *undoStage) { s.newKey() },
		remove: func(s *undoStage) {
			s.does(s.keys().ScheduleKeyDeletion(s.t.Context(), &kms.ScheduleKeyDeletionInput{
				KeyId: s.id("key"), PendingWindowInDays: aws.Int32(7),
			}))
		},
		is: func(s *undoStage) bool { return s.keyState() == keytypes.KeyStateEnabled },
		says: []string{
			"aws kms cancel-key-deletion --key-id {key}" + undoEndsWith, "aws kms enable-key --key-id {key}" + undoEndsWith,
			"disable it if it was not",
		},
		writes: []string{"kms:CancelKeyDeletion", "kms:EnableKey"},
	},
	"kms.DisableKeyRotation": {
		before: func(s *undoStage) {
			s.newKey()
			s.does(s.keys().EnableKeyRotation(s.t.Context(), &kms.EnableKeyRotationInput{KeyId: s.id("key")}))
		},
		remove: func(s *undoStage) {
			s.does(s.keys().DisableKeyRotation(s.t.Context(), &kms.DisableKeyRotationInput{KeyId: s.id("key")}))
		},
		is: func(s *undoStage) bool {
			return must[*kms.GetKeyRotationStatusOutput](s.t)(s.keys().GetKeyRotationStatus(s.t.Context(),
				&kms.GetKeyRotationStatusInput{KeyId: s.id("key")})).KeyRotationEnabled
		},
		says:   []string{"aws kms enable-key-rotation --key-id {key}" + undoEndsWith, "does not tell how often"},
		writes: []string{"kms:EnableKeyRotation"}, free: true,
	},
	"organizations.DetachPolicy": {
		before: func(s *undoStage) { s.newOU("unit"); s.newControl("guard", denyLeaving); s.control(true) },
		remove: func(s *undoStage) { s.control(false) },
		is:     func(s *undoStage) bool { return s.controls() },
		says:   []string{"aws organizations attach-policy --policy-id {policy} --target-id {unit}"},
		writes: []string{"organizations:AttachPolicy"}, free: true,
	},
	"organizations.DisablePolicyType": {
		before: func(s *undoStage) { s.newOU("unit"); s.policyType(true) },
		remove: func(s *undoStage) { s.policyType(false) },
		is: func(s *undoStage) bool {
			roots := must[*organizations.ListRootsOutput](s.t)(s.members().ListRoots(s.t.Context(), &organizations.ListRootsInput{}))
			return slices.ContainsFunc(roots.Roots[0].PolicyTypes, func(one types.PolicyTypeSummary) bool {
				return one.Type == types.PolicyTypeTagPolicy
			})
		},
		says: []string{
			"aws organizations enable-policy-type --root-id {root} --policy-type TAG_POLICY",
			"Next: AWS detached every policy of the type",
		},
		writes: []string{"organizations:EnablePolicyType"}, free: true,
	},
	"organizations.MoveAccount": {
		before: func(s *undoStage) { s.newOU("unit"); s.newOU("other"); s.newMember(); s.move("root", "unit") },
		remove: func(s *undoStage) { s.move("unit", "other") },
		is:     func(s *undoStage) bool { return s.parent() == s.ids["unit"] },
		says: []string{
			"aws organizations move-account --account-id {member} --source-parent-id {other} --destination-parent-id {unit}",
		},
		writes: []string{"organizations:MoveAccount"},
	},
	"organizations.DisableAWSServiceAccess": {
		before: func(s *undoStage) { s.newOrganization(); s.serviceAccess(true) },
		remove: func(s *undoStage) { s.serviceAccess(false) },
		is: func(s *undoStage) bool {
			return len(must[*organizations.ListAWSServiceAccessForOrganizationOutput](s.t)(
				s.members().ListAWSServiceAccessForOrganization(s.t.Context(), &organizations.ListAWSServiceAccessForOrganizationInput{}),
			).EnabledServicePrincipals) > 0
		},
		says:   []string{"aws organizations enable-aws-service-access --service-principal " + undoService},
		writes: []string{"organizations:EnableAWSServiceAccess"},
	},
	"organizations.DeregisterDelegatedAdministrator": {
		before: func(s *undoStage) { s.newOU("unit"); s.newMember(); s.delegate(true) },
		remove: func(s *undoStage) { s.delegate(false) },
		is: func(s *undoStage) bool {
			return len(must[*organizations.ListDelegatedAdministratorsOutput](s.t)(s.members().ListDelegatedAdministrators(
				s.t.Context(), &organizations.ListDelegatedAdministratorsInput{})).DelegatedAdministrators) > 0
		},
		says: []string{
			"aws organizations register-delegated-administrator --account-id {member} --service-principal " + undoService,
		},
		writes: []string{"organizations:RegisterDelegatedAdministrator"},
	},
	"sso.DeleteAccountAssignment": {
		before: func(s *undoStage) {
			s.newPermissionSet()
			s.does(s.center().CreateAccountAssignment(s.t.Context(), &ssoadmin.CreateAccountAssignmentInput{
				InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), PrincipalId: aws.String("person-1"),
				PrincipalType: centertypes.PrincipalTypeUser, TargetId: &s.ID, TargetType: centertypes.TargetTypeAwsAccount,
			}))
		},
		remove: func(s *undoStage) {
			s.does(s.center().DeleteAccountAssignment(s.t.Context(), &ssoadmin.DeleteAccountAssignmentInput{
				InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), PrincipalId: aws.String("person-1"),
				PrincipalType: centertypes.PrincipalTypeUser, TargetId: &s.ID, TargetType: centertypes.TargetTypeAwsAccount,
			}))
		},
		is: func(s *undoStage) bool { return s.assignments() == 1 },
		says: []string{
			"aws sso-admin create-account-assignment --instance-arn {instance} --target-id {account} --target-type AWS_ACCOUNT " +
				"--permission-set-arn {set} --principal-type USER --principal-id person-1" + undoEndsWith,
		},
		writes: []string{"sso:CreateAccountAssignment"},
	},
	"sso.DetachManagedPolicyFromPermissionSet": {
		before: func(s *undoStage) {
			s.newPermissionSet()
			s.does(s.center().AttachManagedPolicyToPermissionSet(s.t.Context(), &ssoadmin.AttachManagedPolicyToPermissionSetInput{
				InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), ManagedPolicyArn: aws.String(auditPolicy),
			}))
		},
		remove: func(s *undoStage) {
			s.does(s.center().DetachManagedPolicyFromPermissionSet(s.t.Context(), &ssoadmin.DetachManagedPolicyFromPermissionSetInput{
				InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), ManagedPolicyArn: aws.String(auditPolicy),
			}))
		},
		is: func(s *undoStage) bool {
			return len(must[*ssoadmin.ListManagedPoliciesInPermissionSetOutput](s.t)(s.center().ListManagedPoliciesInPermissionSet(
				s.t.Context(), &ssoadmin.ListManagedPoliciesInPermissionSetInput{
					InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"),
				})).AttachedManagedPolicies) > 0
		},
		says: []string{
			"aws sso-admin attach-managed-policy-to-permission-set --instance-arn {instance} --permission-set-arn {set} " +
				"--managed-policy-arn " + auditPolicy + undoEndsWith, "aws sso-admin provision-permission-set",
		},
		writes: []string{"sso:AttachManagedPolicyToPermissionSet"},
	},
	"sso.DetachCustomerManagedPolicyReferenceFromPermissionSet": {
		before: func(s *undoStage) {
			s.newPermissionSet()
			s.does(s.center().AttachCustomerManagedPolicyReferenceToPermissionSet(s.t.Context(),
				&ssoadmin.AttachCustomerManagedPolicyReferenceToPermissionSetInput{
					InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), CustomerManagedPolicyReference: undoReference(),
				}))
		},
		remove: func(s *undoStage) {
			s.does(s.center().DetachCustomerManagedPolicyReferenceFromPermissionSet(s.t.Context(),
				&ssoadmin.DetachCustomerManagedPolicyReferenceFromPermissionSetInput{
					InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"), CustomerManagedPolicyReference: undoReference(),
				}))
		},
		is: func(s *undoStage) bool {
			return len(must[*ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput](s.t)(
				s.center().ListCustomerManagedPolicyReferencesInPermissionSet(s.t.Context(),
					&ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{
						InstanceArn: s.id("instance"), PermissionSetArn: s.id("set"),
					})).CustomerManagedPolicyReferences) > 0
		},
		says: []string{
			"--permission-set-arn {set} --customer-managed-policy-reference Name=audit,Path=/team/" + undoEndsWith,
			"aws sso-admin provision-permission-set",
		},
		writes: []string{"sso:AttachCustomerManagedPolicyReferenceToPermissionSet"},
	},
}

func undoReference() *centertypes.CustomerManagedPolicyReference {
	return &centertypes.CustomerManagedPolicyReference{Name: aws.String("audit"), Path: aws.String("/team/")}
}

// id is an ID that AWS gave.
func (s *undoStage) id(what string) *string { return aws.String(s.ids[what]) }

func (s *undoStage) newTrail() {
	s.t.Helper()
	buckets := s3.NewFromConfig(s.SDK(s.mallory()), func(o *s3.Options) { o.UsePathStyle = true })
	bucket := aws.String("logs-" + s.ID)
	s.does(buckets.CreateBucket(s.t.Context(), &s3.CreateBucketInput{
		Bucket:                    bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: providertest.Region},
	}))
	s.does(buckets.PutBucketPolicy(s.t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String(fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},`+
			`"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::%[1]s","arn:aws:s3:::%[1]s/*"]}]}`, *bucket))}))
	s.does(s.trails().CreateTrail(s.t.Context(), &cloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: bucket}))
}

func (s *undoStage) log(on bool) {
	s.t.Helper()
	if on {
		s.does(s.trails().StartLogging(s.t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String("main")}))
		return
	}
	s.does(s.trails().StopLogging(s.t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("main")}))
}

func (s *undoStage) ruleOn(bus string) bool {
	s.t.Helper()
	return must[*eventbridge.DescribeRuleOutput](s.t)(s.rules().DescribeRule(s.t.Context(), &eventbridge.DescribeRuleInput{
		Name: aws.String("removals"), EventBusName: &bus,
	})).State == ruletypes.RuleStateEnabled
}

func (s *undoStage) newKey() {
	s.t.Helper()
	s.ids["key"] = aws.ToString(
		must[*kms.CreateKeyOutput](s.t)(s.keys().CreateKey(s.t.Context(), &kms.CreateKeyInput{})).KeyMetadata.KeyId,
	)
}

func (s *undoStage) keyState() keytypes.KeyState {
	s.t.Helper()
	return must[*kms.DescribeKeyOutput](s.t)(s.keys().DescribeKey(s.t.Context(), &kms.DescribeKeyInput{KeyId: s.id("key")})).
		KeyMetadata.KeyState
}

// newOU makes an organizational unit, and the organization first.
func (s *undoStage) newOU(name string) {
	s.t.Helper()
	if s.ids["root"] == "" {
		s.newOrganization()
		roots := must[*organizations.ListRootsOutput](s.t)(s.members().ListRoots(s.t.Context(), &organizations.ListRootsInput{}))
		s.ids["root"] = aws.ToString(roots.Roots[0].Id)
	}
	made := must[*organizations.CreateOrganizationalUnitOutput](s.t)(s.members().CreateOrganizationalUnit(s.t.Context(),
		&organizations.CreateOrganizationalUnitInput{ParentId: s.id("root"), Name: &name}))
	s.ids[name] = aws.ToString(made.OrganizationalUnit.Id)
}

func (s *undoStage) newControl(name, document string) {
	s.t.Helper()
	made := must[*organizations.CreatePolicyOutput](s.t)(s.members().CreatePolicy(s.t.Context(), &organizations.CreatePolicyInput{
		Name: &name, Content: &document, Description: aws.String(""), Type: types.PolicyTypeServiceControlPolicy,
	}))
	s.ids["policy"] = aws.ToString(made.Policy.PolicySummary.Id)
}

func (s *undoStage) control(attach bool) {
	s.t.Helper()
	policy, target := s.id("policy"), s.id("unit")
	if attach {
		s.does(s.members().AttachPolicy(s.t.Context(), &organizations.AttachPolicyInput{PolicyId: policy, TargetId: target}))
		return
	}
	s.does(s.members().DetachPolicy(s.t.Context(), &organizations.DetachPolicyInput{PolicyId: policy, TargetId: target}))
}

func (s *undoStage) controls() bool {
	s.t.Helper()
	found := must[*organizations.ListTargetsForPolicyOutput](s.t)(s.members().ListTargetsForPolicy(s.t.Context(),
		&organizations.ListTargetsForPolicyInput{PolicyId: s.id("policy")}))
	return slices.ContainsFunc(found.Targets, func(one types.PolicyTargetSummary) bool { return *one.TargetId == s.ids["unit"] })
}

func (s *undoStage) policyType(enable bool) {
	s.t.Helper()
	if enable {
		s.does(s.members().EnablePolicyType(s.t.Context(), &organizations.EnablePolicyTypeInput{
			RootId: s.id("root"), PolicyType: types.PolicyTypeTagPolicy,
		}))
		return
	}
	s.does(s.members().DisablePolicyType(s.t.Context(), &organizations.DisablePolicyTypeInput{
		RootId: s.id("root"), PolicyType: types.PolicyTypeTagPolicy,
	}))
}

func (s *undoStage) newMember() {
	s.t.Helper()
	made := must[*organizations.CreateAccountOutput](s.t)(s.members().CreateAccount(s.t.Context(), &organizations.CreateAccountInput{
		AccountName: aws.String("member"), Email: aws.String("member@example.com"),
	}))
	s.ids["member"] = aws.ToString(made.CreateAccountStatus.AccountId)
}

func (s *undoStage) move(from, to string) {
	s.t.Helper()
	s.does(s.members().MoveAccount(s.t.Context(), &organizations.MoveAccountInput{
		AccountId: s.id("member"), SourceParentId: s.id(from), DestinationParentId: s.id(to),
	}))
}

func (s *undoStage) parent() string {
	s.t.Helper()
	return aws.ToString(must[*organizations.ListParentsOutput](s.t)(s.members().ListParents(s.t.Context(),
		&organizations.ListParentsInput{ChildId: s.id("member")})).Parents[0].Id)
}

func (s *undoStage) serviceAccess(enable bool) {
	s.t.Helper()
	if enable {
		s.does(s.members().EnableAWSServiceAccess(s.t.Context(), &organizations.EnableAWSServiceAccessInput{
			ServicePrincipal: aws.String(undoService),
		}))
		return
	}
	s.does(s.members().DisableAWSServiceAccess(s.t.Context(), &organizations.DisableAWSServiceAccessInput{
		ServicePrincipal: aws.String(undoService),
	}))
}

func (s *undoStage) delegate(register bool) {
	s.t.Helper()
	if register {
		s.does(s.members().RegisterDelegatedAdministrator(s.t.Context(), &organizations.RegisterDelegatedAdministratorInput{
			AccountId: s.id("member"), ServicePrincipal: aws.String(undoService),
		}))
		return
	}
	s.does(s.members().DeregisterDelegatedAdministrator(s.t.Context(), &organizations.DeregisterDelegatedAdministratorInput{
		AccountId: s.id("member"), ServicePrincipal: aws.String(undoService),
	}))
}

func (s *undoStage) newPermissionSet() {
	s.t.Helper()
	found := must[*ssoadmin.ListInstancesOutput](s.t)(s.center().ListInstances(s.t.Context(), &ssoadmin.ListInstancesInput{}))
	s.ids["instance"] = aws.ToString(found.Instances[0].InstanceArn)
	made := must[*ssoadmin.CreatePermissionSetOutput](s.t)(s.center().CreatePermissionSet(s.t.Context(),
		&ssoadmin.CreatePermissionSetInput{
			InstanceArn:     s.id("instance"),
			Name:            aws.String("Audit"),
			SessionDuration: aws.String("PT1H"),
		}),
	)
	s.ids["set"] = aws.ToString(made.PermissionSet.PermissionSetArn)
}

func (s *undoStage) assignments() int {
	s.t.Helper()
	return len(must[*ssoadmin.ListAccountAssignmentsOutput](s.t)(s.center().ListAccountAssignments(s.t.Context(),
		&ssoadmin.ListAccountAssignmentsInput{InstanceArn: s.id("instance"), AccountId: &s.ID, PermissionSetArn: s.id("set")},
	)).AccountAssignments)
}

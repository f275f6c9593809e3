package localaws

import "maps"

// table is every operation that the recorder answers itself, or corrects: the rows of "where moto differs from AWS".
func (s *Server) table() map[string]handler {
	table := map[string]handler{
		"sts:GetCallerIdentity":         (*exchange).getCallerIdentity,
		"sts:AssumeRole":                (*exchange).assumeRole,
		"sts:AssumeRoleWithWebIdentity": (*exchange).assumeRole,
		"sts:AssumeRoleWithSAML":        (*exchange).assumeRole,
		"sts:GetSessionToken":           (*exchange).getSessionToken,

		"iam:GetAccountAuthorizationDetails": (*exchange).accountDetails,
		"iam:GenerateCredentialReport":       (*exchange).generateReport,
		"iam:GetCredentialReport":            (*exchange).getReport,

		"kms:GetKeyPolicy": (*exchange).withDefaultPolicyName,
		"kms:PutKeyPolicy": (*exchange).withDefaultPolicyName,

		"s3:ListBuckets":                (*exchange).listBuckets,
		"s3:CreateBucket":               (*exchange).createBucket,
		"s3:PutBucketPolicy":            (*exchange).putBucketPolicy,
		"s3:GetBucketPolicy":            (*exchange).getBucketPolicy,
		"s3:GetObjectLockConfiguration": (*exchange).getObjectLock,
		"s3:DeleteBucketEncryption":     (*exchange).deleteBucketEncryption,
	}
	for name := range pagedLists {
		table["iam:"+name] = (*exchange).listPage
	}
	for name := range ownUserCalls {
		table["iam:"+name] = (*exchange).forwardForOwnUser
	}
	for name := range obstacles {
		table["iam:"+name] = (*exchange).deleteUnlessUsed
	}
	for name, h := range trailHandlers {
		table["cloudtrail:"+name] = h.locked
	}
	for name, h := range eventsHandlers {
		table["events:"+name] = h
	}
	for name, h := range snsHandlers {
		table["sns:"+name] = h
	}
	maps.Copy(table, iamExtraHandlers)
	maps.Copy(table, loginHandlers)
	maps.Copy(table, seededUserHandlers)
	maps.Copy(table, deviceHandlers)
	maps.Copy(table, oidcHandlers)
	maps.Copy(table, centerHandlers)
	maps.Copy(table, keyHandlers)
	table["cloudtrail:LookupEvents"] = (*exchange).lookupEvents
	return table
}

package account

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// The classes of failure. Ask with errors.Is; every error of a call made through
// an Account is in exactly one class, or in none.
var (
	// ErrNotFound is the service's own not-found code, and nothing else.
	ErrNotFound = errors.New("not found")
	// ErrDenied is the caller's own lack of a permission.
	ErrDenied = errors.New("access denied")
	// ErrThrottled is a rate that AWS enforced until the retries were used up.
	ErrThrottled = errors.New("throttled")
	// ErrAlreadyExists is a name that is taken.
	ErrAlreadyExists = errors.New("already exists")
	// ErrConflict is another change under way on the same object.
	ErrConflict = errors.New("conflicting change")
	// ErrPropagation is a policy, key or role that AWS does not accept (yet).
	ErrPropagation = errors.New("policy not effective")
	// ErrCredentials is an expired, unknown or absent credential.
	ErrCredentials = errors.New("credentials not valid")
	// ErrUnreachable is a call that got no answer from AWS.
	ErrUnreachable = errors.New("no answer from AWS")
	// ErrInvalid is a request that AWS refuses as such.
	ErrInvalid = errors.New("invalid request")
)

// classes maps AWS error codes to a class. A not-found code is listed only where
// it speaks of the object of the call itself.
var classes = map[string]error{
	"TrailNotFoundException":                         ErrNotFound,
	"ResourceNotFoundException":                      ErrNotFound,
	"ResourceNotFound":                               ErrNotFound,
	"NoSuchEntity":                                   ErrNotFound,
	"NoSuchBucket":                                   ErrNotFound,
	"NotFound":                                       ErrNotFound,
	"NotFoundException":                              ErrNotFound,
	"NoSuchBucketPolicy":                             ErrNotFound,
	"NoSuchLifecycleConfiguration":                   ErrNotFound,
	"NoSuchTagSet":                                   ErrNotFound,
	"NoSuchPublicAccessBlockConfiguration":           ErrNotFound,
	"OwnershipControlsNotFoundError":                 ErrNotFound,
	"ServerSideEncryptionConfigurationNotFoundError": ErrNotFound,
	"ReplicationConfigurationNotFoundError":          ErrNotFound,
	"ObjectLockConfigurationNotFoundError":           ErrNotFound,
	"InsightNotEnabledException":                     ErrNotFound,
	"AWS.SimpleQueueService.NonExistentQueue":        ErrNotFound,
	"QueueDoesNotExist":                              ErrNotFound,
	"ParameterNotFound":                              ErrNotFound,
	"PolicyNotFoundException":                        ErrNotFound,
	"TargetNotFoundException":                        ErrNotFound,
	"RootNotFoundException":                          ErrNotFound,
	"ParentNotFoundException":                        ErrNotFound,
	"SourceParentNotFoundException":                  ErrNotFound,
	"DestinationParentNotFoundException":             ErrNotFound,
	"ChildNotFoundException":                         ErrNotFound,
	"AccountNotFoundException":                       ErrNotFound,

	"AccessDenied":                   ErrDenied,
	"AccessDeniedException":          ErrDenied,
	"UnauthorizedOperation":          ErrDenied,
	"AuthorizationError":             ErrDenied,
	"Forbidden":                      ErrDenied,
	"AllAccessDisabled":              ErrDenied,
	"OperationNotPermittedException": ErrDenied,

	"TrailAlreadyExistsException":    ErrAlreadyExists,
	"EntityAlreadyExists":            ErrAlreadyExists,
	"BucketAlreadyExists":            ErrAlreadyExists,
	"BucketAlreadyOwnedByYou":        ErrAlreadyExists,
	"ResourceAlreadyExistsException": ErrAlreadyExists,
	"ParameterAlreadyExists":         ErrAlreadyExists,

	"DuplicatePolicyAttachmentException": ErrAlreadyExists,
	"PolicyTypeAlreadyEnabledException":  ErrAlreadyExists,
	"AccountAlreadyRegisteredException":  ErrAlreadyExists,

	"ConflictException":               ErrConflict,
	"OperationAborted":                ErrConflict,
	"ConcurrentModificationException": ErrConflict,
	"ConcurrentModification":          ErrConflict,
	"ConcurrentAccess":                ErrConflict,
	"EntityTemporarilyUnmodifiable":   ErrConflict,
	"TooManyUpdates":                  ErrConflict,

	"InsufficientS3BucketPolicyException":        ErrPropagation,
	"InsufficientEncryptionPolicyException":      ErrPropagation,
	"InsufficientSnsTopicPolicyException":        ErrPropagation,
	"KmsKeyNotFoundException":                    ErrPropagation,
	"KmsException":                               ErrPropagation,
	"InvalidCloudWatchLogsRoleArnException":      ErrPropagation,
	"InvalidCloudWatchLogsLogGroupArnException":  ErrPropagation,
	"CloudWatchLogsDeliveryUnavailableException": ErrPropagation,
	"S3BucketDoesNotExistException":              ErrPropagation,
	"InvalidSnsTopicNameException":               ErrInvalid,

	"ExpiredToken":                ErrCredentials,
	"ExpiredTokenException":       ErrCredentials,
	"InvalidClientTokenId":        ErrCredentials,
	"UnrecognizedClientException": ErrCredentials,
	"InvalidAccessKeyId":          ErrCredentials,
	"InvalidToken":                ErrCredentials,
	"SignatureDoesNotMatch":       ErrCredentials,
	"InvalidSignatureException":   ErrCredentials,
	"MissingAuthenticationToken":  ErrCredentials,
	"AuthFailure":                 ErrCredentials,
}

// Error is what a failed AWS call returns: where it was made, what AWS said, and
// the class of it.
type Error struct {
	// Service is the SDK's service ID ("CloudTrail"), Operation the API's name.
	Service, Operation string
	// AccountID is empty while the caller is not known.
	AccountID, Region string
	// Code, Message and RequestID are AWS's own; empty when it gave no answer.
	Code, Message, RequestID string
	// Class is one of the Err… values of this package, or nil.
	Class error

	err error
}

// Error says operation, code, message and request ID in one line.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%s: %v", e.Action(), e.err)
	}
	return fmt.Sprintf("%s: %s: %s (request ID %s)", e.Action(), e.Code, e.Message, e.RequestID)
}

// Unwrap gives errors.Is the class and errors.As the SDK's typed error.
func (e *Error) Unwrap() []error {
	if e.Class == nil {
		return []error{e.err}
	}
	return []error{e.Class, e.err}
}

// Action is the IAM action that the call needs, such as "cloudtrail:CreateTrail".
func (e *Error) Action() string {
	return Action(e.Service, e.Operation)
}

// AsError returns the Error inside err, or nil.
func AsError(err error) *Error {
	if found, ok := errors.AsType[*Error](err); ok {
		return found
	}
	return nil
}

// CodeIs tells whether AWS answered with that error code.
func CodeIs(err error, code string) bool {
	found := AsError(err)
	return found != nil && found.Code == code
}

// classify finds the class of an SDK error from its type and code. Whether the
// caller gave up is asked of the context and not of the error, because a time-out
// of the network also says that a deadline was exceeded.
func classify(ctx context.Context, err error) (code, message string, class error) {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code, message = strings.TrimPrefix(api.ErrorCode(), "Client."), api.ErrorMessage()
		if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
			return code, message, ErrThrottled
		}
		return code, message, classes[code]
	}
	if _, ok := errors.AsType[net.Error](err); ok && ctx.Err() == nil {
		return "", "", ErrUnreachable
	}
	return "", "", nil
}

// describeErrors is the outermost layer of every call, inside only of what the SDK
// itself puts first: the names of the operation and its region.
func describeErrors(cfg *aws.Config, accountID string) {
	step := middleware.InitializeMiddlewareFunc("iamguardErrors",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error,
		) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err == nil {
				return out, metadata, nil
			}
			if AsError(err) != nil {
				// A role could not be assumed for this call: the action that failed is that of STS.
				return out, metadata, err
			}
			described := &Error{
				Service:   awsmiddleware.GetServiceID(ctx),
				Operation: awsmiddleware.GetOperationName(ctx),
				Region:    awsmiddleware.GetRegion(ctx),
				AccountID: accountID,
				err:       err,
			}
			described.Code, described.Message, described.Class = classify(ctx, err)
			if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
				described.RequestID = response.ServiceRequestID()
			}
			return out, metadata, described
		})
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(step, middleware.After)
	})
}

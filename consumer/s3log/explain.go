package s3log

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// explainFetch gives an error of GetObject its class. Only S3's own word says that an object is missing.
func explainFetch(bucket, key string, err error) error {
	var answer *smithyhttp.ResponseError
	if failedService(err) == "S3" && errors.As(err, &answer) {
		switch code := codeOf(err); {
		case code == "NoSuchKey" || code == "NoSuchVersion":
			return &MissingError{Bucket: bucket, Key: key, Err: err}
		case refusal(answer.HTTPStatusCode(), code):
			denied := answer.HTTPStatusCode() == http.StatusForbidden && (code == "AccessDenied" || code == "Forbidden")
			return &ForbiddenError{Bucket: bucket, Key: key, Err: err, MaybeMissing: denied}
		}
	}
	return fmt.Errorf("fetch s3://%s/%s: %w", bucket, key, err)
}

// refusal reports whether an answer refuses a read, by S3's code where it has one: else it is a proxy's own.
func refusal(status int, code string) bool {
	switch code {
	case "NoSuchBucket", "AccountProblem", "AllAccessDisabled", "AccessDenied", "InvalidObjectState":
		return true
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestExpired":
		return false // the signature is refused, not the read: other credentials, or the same ones later, may succeed
	}
	if strings.HasPrefix(code, "KMS.") {
		return true
	}
	return status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusUnauthorized || status == http.StatusProxyAuthRequired
}

func codeOf(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorCode()
}

// failedService is the service whose call failed in the end: STS, when the role could not be assumed.
func failedService(err error) string {
	service := ""
	for op := (*smithy.OperationError)(nil); errors.As(err, &op); err = op.Err {
		service = op.Service()
	}
	return service
}

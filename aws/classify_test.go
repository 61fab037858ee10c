package aws

import (
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"spot-tui/fleet"
)

// TestKindOf holds the table of aws-facts §2.4 against the classification.
func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		class class
		kind  fleet.Kind
		codes []string
	}{
		{creates, fleet.KindThrottle, []string{"RequestLimitExceeded", "Throttling", "ThrottlingException", "SlowDown", "ConcurrentTagAccess"}},
		{reads, fleet.KindInternal, []string{"InternalError", "Unavailable", "ServiceUnavailable"}},
		{creates, fleet.KindCapacity, []string{"InsufficientInstanceCapacity", "UnfulfillableCapacity", "SpotMaxPriceTooLow", "Unsupported", "InsufficientFreeAddressesInSubnet"}},
		{creates, fleet.KindQuota, []string{"MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "SecurityGroupLimitExceeded", "MaxFleetCountExceeded", "RulesPerSecurityGroupLimitExceeded"}},
		{reads, fleet.KindAuth, []string{"AuthFailure", "ExpiredToken", "RequestExpired", "InvalidClientTokenId", "SignatureDoesNotMatch"}},
		{creates, fleet.KindDenied, []string{"UnauthorizedOperation", "AccessDenied", "OptInRequired", "PendingVerification", codeNoSpotRole, "OperationNotPermitted"}},
		{creates, fleet.KindInvalid, []string{"UnsupportedOperation", "InvalidAMIID.NotFound", "InvalidParameterValue", "InvalidUserData.Malformed", "VPCIdNotSpecified", "MissingParameter", "InvalidClientToken"}},
		{creates, fleet.KindConflict, []string{"InvalidGroup.Duplicate", "InvalidPermission.Duplicate", codeTemplateExists, "IdempotentParameterMismatch"}},
		{deletes, fleet.KindGone, []string{"InvalidInstanceID.NotFound", "InvalidGroup.NotFound", "InvalidVolume.NotFound", "InvalidLaunchTemplateId.NotFound", "InvalidSpotInstanceRequestID.NotFound", "InvalidNetworkInterfaceID.NotFound"}},
		{deletes, fleet.KindConflict, []string{"DependencyViolation", "InvalidGroup.InUse", "VolumeInUse", "InvalidNetworkInterface.InUse", "IncorrectState"}},
		// The same code means something else where something is made.
		{creates, fleet.KindInvalid, []string{"InvalidZone.NotFound", "InvalidKeyPair.NotFound"}},
		{creates, fleet.KindGone, []string{"InvalidSubnetID.NotFound", "InvalidVpcID.NotFound"}}, // made a moment ago
		{deletes, fleet.KindGone, []string{"InvalidSubnetID.NotFound", "InvalidVpcID.NotFound"}},
		// What we made ourselves is not visible yet, not wrong.
		{creates, fleet.KindGone, []string{"InvalidGroup.NotFound", "InvalidLaunchTemplateName.NotFoundException", "IdempotentInstanceTerminated"}},
		// Neither a longer nor another spelling is known.
		{creates, fleet.KindUnknown, []string{"", "SomethingNew", "requestlimitexceeded", "RequestLimitExceeded.More", "Insufficient"}},
	}
	for _, tt := range tests {
		for _, code := range tt.codes {
			if got := kindOf(code, tt.class); got != tt.kind {
				t.Errorf("kindOf(%q, %d) = %s; want %s", code, tt.class, got, tt.kind)
			}
		}
	}
}

func TestCapacityIsNotRetried(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"InsufficientInstanceCapacity": false, "MaxSpotInstanceCountExceeded": false,
		"RequestLimitExceeded": true, "InternalError": false, // the last one is retried by its HTTP status
	} {
		if got := newRetryer().IsErrorRetryable(&smithy.GenericAPIError{Code: code}); got != want {
			t.Errorf("retry of %s = %v; want %v", code, got, want)
		}
	}
	if n := newRetryer().MaxAttempts(); n != maxAttempts {
		t.Errorf("attempts = %d", n)
	}
	if got := refuseCapacity(&smithy.GenericAPIError{Code: "InternalError"}); got != awssdk.UnknownTernary {
		t.Errorf("our rule must leave the rest to the SDK: %v", got)
	}
}

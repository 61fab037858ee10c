package aws

import "spot-tui/fleet"

// kindOf tells a failure's kind by exact code and by what the call does. What
// stands in no table is KindUnknown, and unknown is never success.
func kindOf(code string, c class) fleet.Kind {
	if k, ok := createKinds[code]; ok && c == creates {
		return k
	}
	if k, ok := codeKinds[code]; ok {
		return k
	}
	return fleet.KindUnknown
}

// codeKinds is aws-facts §2.4 for every class of call. It is never written to.
var codeKinds = map[string]fleet.Kind{
	// A: the same call again, later.
	"RequestLimitExceeded":                   fleet.KindThrottle,
	"Throttling":                             fleet.KindThrottle,
	"ThrottlingException":                    fleet.KindThrottle,
	"ThrottledException":                     fleet.KindThrottle,
	"RequestThrottled":                       fleet.KindThrottle,
	"RequestThrottledException":              fleet.KindThrottle,
	"TooManyRequestsException":               fleet.KindThrottle,
	"EC2ThrottledException":                  fleet.KindThrottle,
	"BandwidthLimitExceeded":                 fleet.KindThrottle,
	"SlowDown":                               fleet.KindThrottle,
	"PriorRequestNotComplete":                fleet.KindThrottle,
	"ProvisionedThroughputExceededException": fleet.KindThrottle,
	"TransactionInProgressException":         fleet.KindThrottle,
	"LimitExceededException":                 fleet.KindThrottle,
	"ConcurrentTagAccess":                    fleet.KindThrottle,
	"InternalError":                          fleet.KindInternal,
	"InternalFailure":                        fleet.KindInternal,
	"ServerInternal":                         fleet.KindInternal,
	"ServiceUnavailable":                     fleet.KindInternal,
	"Unavailable":                            fleet.KindInternal,
	"RetryableError":                         fleet.KindInternal,
	"RequestTimeout":                         fleet.KindTimeout,
	"RequestTimeoutException":                fleet.KindTimeout,
	"IncorrectState":                         fleet.KindConflict,
	"IncorrectSpotRequestState":              fleet.KindConflict,
	"CreditSpecificationUpdateInProgress":    fleet.KindConflict,

	// B: too much for one call, which our batches never are.
	"ResourceCountExceeded":        fleet.KindInvalid,
	"RequestResourceCountExceeded": fleet.KindInvalid,

	// C: another pool may serve.
	"InsufficientInstanceCapacity":      fleet.KindCapacity,
	"InsufficientCapacity":              fleet.KindCapacity,
	"InsufficientHostCapacity":          fleet.KindCapacity,
	"UnfulfillableCapacity":             fleet.KindCapacity,
	"SpotMaxPriceTooLow":                fleet.KindCapacity,
	"Unsupported":                       fleet.KindCapacity,
	"InsufficientFreeAddressesInSubnet": fleet.KindCapacity,
	"VolumeTypeNotAvailableInZone":      fleet.KindCapacity,
	"InsufficientVolumeCapacity":        fleet.KindCapacity,
	"InsufficientAddressCapacity":       fleet.KindCapacity,
	"ReservationCapacityExceeded":       fleet.KindCapacity,

	// Placement scores (aws-facts §2.4, §5.4): not for another 24 hours, or not for so many.
	"MaxConfigLimitExceededException":      fleet.KindQuota,
	"TargetCapacityLimitExceededException": fleet.KindInvalid,

	// D: the account's limit in this region.
	"MaxSpotInstanceCountExceeded":       fleet.KindQuota,
	"VcpuLimitExceeded":                  fleet.KindQuota,
	"InstanceLimitExceeded":              fleet.KindQuota,
	"MaxFleetCountExceeded":              fleet.KindQuota,
	"MaxSpotFleetRequestCountExceeded":   fleet.KindQuota,
	"VolumeLimitExceeded":                fleet.KindQuota,
	"AddressLimitExceeded":               fleet.KindQuota,
	"VpcLimitExceeded":                   fleet.KindQuota,
	"SubnetLimitExceeded":                fleet.KindQuota,
	"InternetGatewayLimitExceeded":       fleet.KindQuota,
	"SecurityGroupLimitExceeded":         fleet.KindQuota,
	"RulesPerSecurityGroupLimitExceeded": fleet.KindQuota,
	"KeyPairLimitExceeded":               fleet.KindQuota,
	"MaxTemplateLimitExceeded":           fleet.KindQuota,
	"MaxTemplateVersionLimitExceeded":    fleet.KindQuota,
	"TagLimitExceeded":                   fleet.KindQuota,

	// E: a person must act. AuthFailure is told apart in failure.go.
	"AuthFailure":                        fleet.KindAuth,
	"RequestExpired":                     fleet.KindAuth,
	"ExpiredToken":                       fleet.KindAuth,
	"ExpiredTokenException":              fleet.KindAuth,
	"InvalidClientTokenId":               fleet.KindAuth,
	"SignatureDoesNotMatch":              fleet.KindAuth,
	"MissingAuthenticationToken":         fleet.KindAuth,
	"UnrecognizedClientException":        fleet.KindAuth,
	"UnauthorizedOperation":              fleet.KindDenied,
	"AccessDenied":                       fleet.KindDenied,
	"AccessDeniedException":              fleet.KindDenied,
	"Blocked":                            fleet.KindDenied,
	"OptInRequired":                      fleet.KindDenied,
	"PendingVerification":                fleet.KindDenied,
	"TagPolicyViolation":                 fleet.KindDenied,
	"OperationNotPermitted":              fleet.KindDenied,
	codeNoSpotRole:                       fleet.KindDenied,
	"UnsupportedOperation":               fleet.KindInvalid,
	"InvalidAMIID.Malformed":             fleet.KindInvalid,
	"InvalidAMIID.NotFound":              fleet.KindInvalid,
	"InvalidAMIID.Unavailable":           fleet.KindInvalid,
	"InvalidInstanceType":                fleet.KindInvalid,
	"InvalidParameter":                   fleet.KindInvalid,
	"InvalidParameterCombination":        fleet.KindInvalid,
	"InvalidParameterDependency":         fleet.KindInvalid,
	"InvalidParameterValue":              fleet.KindInvalid,
	"InvalidUserData.Malformed":          fleet.KindInvalid,
	"InvalidFleetId.Malformed":           fleet.KindInvalid,
	"InvalidFleetConfig":                 fleet.KindInvalid,
	"InvalidTargetCapacitySpecification": fleet.KindInvalid,
	"InvalidBlockDeviceMapping":          fleet.KindInvalid,
	"InvalidGroupId.Malformed":           fleet.KindInvalid,
	"InvalidInstanceID.Malformed":        fleet.KindInvalid,
	"VPCIdNotSpecified":                  fleet.KindInvalid,
	"DefaultVpcDoesNotExist":             fleet.KindInvalid,
	"MissingInput":                       fleet.KindInvalid,

	// F: there is one already. Whether it is ours is for the caller to look up.
	"InvalidGroup.Duplicate":                           fleet.KindConflict,
	"InvalidPermission.Duplicate":                      fleet.KindConflict,
	"InvalidLaunchTemplateName.AlreadyExistsException": fleet.KindConflict,
	"InvalidKeyPair.Duplicate":                         fleet.KindConflict,
	"Resource.AlreadyAssociated":                       fleet.KindConflict,
	"RouteAlreadyExists":                               fleet.KindConflict,
	"InvalidSubnet.Conflict":                           fleet.KindConflict,

	// G: it is not there (any more).
	"InvalidInstanceID.NotFound":                  fleet.KindGone,
	"InvalidGroup.NotFound":                       fleet.KindGone,
	"InvalidSecurityGroupID.NotFound":             fleet.KindGone,
	"InvalidPermission.NotFound":                  fleet.KindGone,
	"InvalidSubnetID.NotFound":                    fleet.KindGone,
	"InvalidVpcID.NotFound":                       fleet.KindGone,
	"InvalidVolume.NotFound":                      fleet.KindGone,
	"InvalidFleetId.NotFound":                     fleet.KindGone,
	"InvalidInternetGatewayID.NotFound":           fleet.KindGone,
	"InvalidRouteTableID.NotFound":                fleet.KindGone,
	"InvalidAssociationID.NotFound":               fleet.KindGone,
	"Gateway.NotAttached":                         fleet.KindGone,
	"InvalidNetworkInterfaceID.NotFound":          fleet.KindGone,
	"InvalidLaunchTemplateId.NotFound":            fleet.KindGone,
	"InvalidLaunchTemplateId.VersionNotFound":     fleet.KindGone,
	"InvalidLaunchTemplateName.NotFoundException": fleet.KindGone,
	"InvalidSpotInstanceRequestID.NotFound":       fleet.KindGone,
	"InvalidKeyPair.NotFound":                     fleet.KindGone,
	"InvalidSnapshot.NotFound":                    fleet.KindGone,
	"InvalidAllocationID.NotFound":                fleet.KindGone,
	"ParameterNotFound":                           fleet.KindGone,
	"NoSuchResourceException":                     fleet.KindGone, // of Service Quotas

	// H: something still hangs on it.
	"DependencyViolation":           fleet.KindConflict,
	"InvalidGroup.InUse":            fleet.KindConflict,
	"InvalidNetworkInterface.InUse": fleet.KindConflict,
	"VolumeInUse":                   fleet.KindConflict,
	"InvalidIPAddress.InUse":        fleet.KindConflict, // SDK ReleaseAddress
	"InvalidSnapshot.InUse":         fleet.KindConflict, // an image is made of it

	// I: EC2 refused our request as such, so nothing was done: not KindInternal,
	// after which the engine would keep the launch open.
	"InvalidClientToken":   fleet.KindInvalid,
	"MissingParameter":     fleet.KindInvalid,
	"MalformedQueryString": fleet.KindInvalid,
	"InvalidAction":        fleet.KindInvalid,
	// EC2 has taken this token before: what that made is found by tag.
	"IdempotentParameterMismatch":  fleet.KindConflict,
	"IdempotentInstanceTerminated": fleet.KindGone,
}

// createKinds is what means something else when something is made: what the
// config names is wrong, not gone. Groups and templates are missing here, since
// we made those ourselves just before: they are "not visible yet".
var createKinds = map[string]fleet.Kind{
	"InvalidKeyPair.NotFound": fleet.KindInvalid,
	"InvalidZone.NotFound":    fleet.KindInvalid,
}

// codeNoSpotRole: the account has no service-linked role for spot, and the
// caller may not make it (aws-facts §10).
const codeNoSpotRole = "AuthFailure.ServiceLinkedRoleCreationNotPermitted"

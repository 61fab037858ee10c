package sim

import (
	"maps"

	"spot-tui/sim/wire"
)

// operation is one EC2 operation.
type operation struct {
	mutating bool
	tokens   bool // keeps client tokens
	run      func(c *call) (wire.Map, error)
	// repeat gives the answer to a repeated token; nil: the first answer again.
	repeat func(c *call, first wire.Map) (wire.Map, error)
}

// operations gives all operations by name; the wire table knows exactly the same
// names (a test holds the two together), so that no other is ever run.
func operations() map[string]operation {
	all := reads()
	for name, l := range listings() {
		all[name] = operation{run: l.run}
	}
	maps.Copy(all, mutations())
	return all
}

// mutations are the calls that change something.
func mutations() map[string]operation {
	change := func(run func(c *call) (wire.Map, error)) operation { return operation{mutating: true, run: run} }
	return map[string]operation{
		"AssociateRouteTable":             change(associateRoutes),
		"AttachInternetGateway":           change(attachGateway),
		"CreateDefaultVpc":                change(createDefaultVPC),
		"CreateEgressOnlyInternetGateway": {mutating: true, tokens: true, run: createEgressGateway},
		"CreateNatGateway":                {mutating: true, tokens: true, run: createNAT},
		"DeleteEgressOnlyInternetGateway": change(deleteEgressGateway),
		"DeleteNatGateway":                change(deleteNAT),
		"CreateInternetGateway":           change(createGateway),
		"CreateRoute":                     change(createRoute),
		"CreateRouteTable":                {mutating: true, tokens: true, run: createRouteTable},
		"CreateSubnet":                    change(createSubnet),
		"CreateVpc":                       change(createVPC),
		"DeleteInternetGateway":           change(deleteGateway),
		"DeleteRoute":                     change(deleteRoute),
		"DeleteRouteTable":                change(deleteRouteTable),
		"DeleteSubnet":                    change(deleteSubnet),
		"DeleteVpc":                       change(deleteVPC),
		"DetachInternetGateway":           change(detachGateway),
		"DisassociateRouteTable":          change(disassociateRoutes),
		"ModifyFleet":                     change(modifyFleet),
		"ModifySubnetAttribute":           change(modifySubnet),
		"ModifyVpcAttribute":              change(modifyVPC),
		"AuthorizeSecurityGroupIngress":   change(authorizeIngress),
		"CancelSpotInstanceRequests":      change(cancelSpotRequests),
		"CreateFleet":                     {mutating: true, tokens: true, run: createFleet},
		"CreateLaunchTemplate":            {mutating: true, tokens: true, run: createTemplate},
		"CreateSecurityGroup":             change(createGroup),
		"CreateTags":                      change(createTags),
		"DeleteFleets":                    change(deleteFleets),
		"DeleteKeyPair":                   change(deleteKey),
		"DeleteLaunchTemplate":            change(deleteTemplate),
		"DeleteNetworkInterface":          change(deleteInterface),
		"DeleteSecurityGroup":             change(deleteGroup),
		"DeleteTags":                      change(deleteTags),
		"DeleteVolume":                    change(deleteVolume),
		"ImportKeyPair":                   change(importKey),
		"RevokeSecurityGroupIngress":      change(revokeIngress),
		"RunInstances":                    {mutating: true, tokens: true, run: runInstances, repeat: repeatRun},
		"TerminateInstances":              change(terminateInstances),
		"AllocateAddress":                 change(allocateAddress),
		"AssociateAddress":                change(associateAddress),
		"DisassociateAddress":             change(disassociateAddress),
		"ReleaseAddress":                  change(releaseAddress),
		"CreateNetworkInterface":          {mutating: true, tokens: true, run: createInterface},
		"CreateSnapshot":                  change(createSnapshot),
		"CreateVolume":                    {mutating: true, tokens: true, run: createVolume},
		"DeleteSnapshot":                  change(deleteSnapshot),
		"ModifyInstanceAttribute":         change(modifyInstance),
	}
}

// reads are the calls that read, but not by a listing alone.
func reads() map[string]operation {
	return map[string]operation{
		"DescribeFleetHistory":           {run: describeFleetHistory},
		"DescribeFleetInstances":         {run: describeFleetInstances},
		"DescribeInstances":              {run: describeInstances},
		"DescribeInstanceAttribute":      {run: describeInstanceAttribute},
		"DescribeLaunchTemplateVersions": {run: describeTemplateVersions},
		"DescribeVpcAttribute":           {run: describeVPCAttribute},
		"GetSpotPlacementScores":         {run: placementScores},
		"GetConsoleOutput":               {run: consoleOutput},
	}
}

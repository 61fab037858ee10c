package sim

import (
	"slices"
	"time"

	"spot-tui/sim/wire"
)

// createVolume makes a volume that no instance has.
func createVolume(c *call) (wire.Map, error) {
	zone, err := c.need("AvailabilityZone")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.r.zones(), zone) {
		return nil, wire.Errorf("InvalidZone.NotFound", "The zone '%s' does not exist.", zone)
	}
	size := wire.Int(c.in, "Size")
	if id := c.str("SnapshotId"); id != "" {
		snap, err := c.r.find(kindSnapshot, id)
		if err != nil {
			return nil, err
		}
		size = max(size, wire.Int(snap.tree, "VolumeSize"))
	}
	if size < 1 {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter size or snapshotId")
	}
	kind := c.str("VolumeType")
	if kind == "" {
		kind = "gp2" // SDK CreateVolume: the default
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindVolume)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	v := c.r.add(kindVolume, "VolumeId", wire.Map{
		"AvailabilityZone": zone, "CreateTime": time.Now(), "Encrypted": false, "Size": size, "State": "available", "VolumeType": kind,
		"Attachments": wire.List{}, "MultiAttachEnabled": false, "SnapshotId": c.str("SnapshotId"),
	})
	v.label(tags[kindVolume])
	v.lone = v.made
	return v.tree, nil
}

func createSnapshot(c *call) (wire.Map, error) {
	id, err := c.need("VolumeId")
	if err != nil {
		return nil, err
	}
	v, err := c.r.find(kindVolume, id)
	if err != nil {
		return nil, err
	}
	tags, err := specified(wire.Maps(c.in, "TagSpecifications"), kindSnapshot)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	s := c.r.add(kindSnapshot, "SnapshotId", wire.Map{
		"VolumeId": v.id, "VolumeSize": v.tree["Size"], "State": "completed", "Progress": "100%", "StartTime": time.Now(),
		"OwnerId": Account, "Description": c.str("Description"), "Encrypted": false, "StorageTier": "standard",
	})
	s.label(tags[kindSnapshot])
	return s.tree, nil
}

func deleteSnapshot(c *call) (wire.Map, error) {
	id, err := c.need("SnapshotId")
	if err != nil {
		return nil, err
	}
	s, err := c.r.find(kindSnapshot, id)
	if err != nil {
		return nil, err
	}
	if err := c.dryRun(); err != nil {
		return nil, err
	}
	c.r.shelves[kindSnapshot].remove(s.id)
	return nil, nil
}

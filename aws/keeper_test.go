package aws

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"spot-tui/fleet"
)

// keeperFake answers for one EC2 fleet.
func keeperFake(t *testing.T, item, deletion string) *fake {
	return &fake{t: t, answers: map[string]func(url.Values) (int, string){
		"DescribeFleets": always(200, `<DescribeFleetsResponse><fleetSet><item>`+item+`<tagSet><item><key>`+fleet.TagFleet+`</key><value>a</value></item></tagSet></item></fleetSet></DescribeFleetsResponse>`),
		"DeleteFleets":   always(200, `<DeleteFleetsResponse><unsuccessfulFleetDeletionSet>`+deletion+`</unsuccessfulFleetDeletionSet></DeleteFleetsResponse>`),
		"DescribeFleetHistory": always(200, `<DescribeFleetHistoryResponse><historyRecordSet>`+
			historyXML("instanceChange", "launched", "i-1", `{"instanceType":"m5.large","availabilityZone":"us-west-2a","image":"ami-1"}`)+
			historyXML("instance-change", "launched", "i-2", "m5.large, somewhere")+
			historyXML("instanceChange", "termination_notified", "i-1", "")+
			historyXML("instance-change", "terminated", "i-1", "")+
			historyXML("fleetRequestChange", "modify_succeeded", "", "")+
			historyXML("service-error", "spotInstanceCountLimitExceeded", "", "the quota")+
			historyXML("something new", "x", "", "")+
			`<item><eventType>instance-change</eventType></item></historyRecordSet></DescribeFleetHistoryResponse>`),
	}}
}

func historyXML(kind, sub, id, text string) string {
	return fmt.Sprintf(`<item><eventType>%s</eventType><timestamp>2026-08-01T12:00:00Z</timestamp><eventInformation><eventSubType>%s</eventSubType><instanceId>%s</instanceId><eventDescription>%s</eventDescription></eventInformation></item>`, kind, sub, id, text)
}

const activeKeeper = `<fleetId>fleet-1</fleetId><type>maintain</type><fleetState>active</fleetState>`

// TestAFleetThatIsNotDeletedIsAnError: DeleteFleets says success and has the
// failure inside.
func TestAFleetThatIsNotDeletedIsAnError(t *testing.T) {
	t.Parallel()
	failed := func(code string) string {
		return `<item><fleetId>fleet-1</fleetId><error><code>` + code + `</code><message>why</message></error></item>`
	}
	for _, tc := range []struct {
		item, deletion string
		kind           fleet.Kind
		calls          int
	}{
		{activeKeeper, "", "", 1},
		{activeKeeper, failed("fleetIdDoesNotExist"), "", 1},
		{activeKeeper, failed("fleetNotInDeletableState"), fleet.KindConflict, 1},
		{activeKeeper, failed("unexpectedError"), fleet.KindUnknown, 1},
		// Deleting an instant fleet would end its instances; one that has ended is none of ours to end.
		{`<fleetId>fleet-1</fleetId><type>instant</type><fleetState>active</fleetState>`, "", fleet.KindGuard, 0},
		{`<fleetId>fleet-1</fleetId><type>maintain</type><fleetState>deleted_running</fleetState>`, "", "", 0},
	} {
		f := keeperFake(t, tc.item, tc.deletion)
		r := f.account().In("us-west-2")
		if err := r.DeleteKeeper(t.Context(), "a", "fleet-1"); fleet.KindOf(err) != tc.kind {
			t.Errorf("%s %s: %v, want kind %q", tc.item, tc.deletion, err, tc.kind)
		}
		if n := f.count("DeleteFleets"); n != tc.calls {
			t.Errorf("%s: %d calls to delete, want %d", tc.item, n, tc.calls)
		}
		for _, q := range f.of("DeleteFleets") {
			if q.Get("TerminateInstances") != "false" {
				t.Errorf("its instances must be left to us: %v", q)
			}
		}
	}
}

// TestHistoryIsReadInBothSpellings: the API reference and the answers seen differ.
func TestHistoryIsReadInBothSpellings(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	es, err := keeperFake(t, activeKeeper, "").account().In("us-west-2").KeeperHistory(t.Context(), "fleet-1", at.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []fleet.KeeperEvent{
		{At: at, Kind: fleet.KeeperLaunched, Instance: "i-1", Type: "m5.large", Zone: "us-west-2a", Text: `{"instanceType":"m5.large","availabilityZone":"us-west-2a","image":"ami-1"}`},
		{At: at, Kind: fleet.KeeperLaunched, Instance: "i-2", Text: "m5.large, somewhere"},
		{At: at, Kind: fleet.KeeperTerminated, Instance: "i-1"},
		{At: at, Kind: fleet.KeeperChanged, Text: "modify_succeeded"},
		{At: at, Kind: fleet.KeeperShort, Text: "spotInstanceCountLimitExceeded: the quota"},
	}
	if fmt.Sprint(es) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", es, want)
	}
}

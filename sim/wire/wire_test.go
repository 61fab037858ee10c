package wire

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecodeQuery(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, op, query string
		want            Map
	}{
		{"nothing", "DescribeVpcs", "Action=DescribeVpcs&Version=2016-11-15", Map{}},
		{"flat lists", "DescribeInstances", "InstanceId.2=b&InstanceId.1=a", Map{"InstanceIds": List{"a", "b"}}},
		{
			"lists in lists", "DescribeInstances", "Filter.1.Name=x&Filter.1.Value.1=a&Filter.1.Value.2=b&MaxResults=5",
			Map{"Filters": List{Map{"Name": "x", "Values": List{"a", "b"}}}, "MaxResults": int64(5)},
		},
		{"ten sorts after nine", "DescribeVpcs", "VpcId.10=j&VpcId.9=i", Map{"VpcIds": List{"i", "j"}}},
		{"empty list", "DescribeVpcs", "VpcId=", Map{"VpcIds": List{}}},
		{"numbers and truth", "CreateFleet", "TargetCapacitySpecification.TotalTargetCapacity=3&DryRun=true", Map{
			"TargetCapacitySpecification": Map{"TotalTargetCapacity": int64(3)}, "DryRun": true,
		}},
		{"time", "DescribeSpotPriceHistory", "StartTime=2026-01-02T03:04:05Z", Map{"StartTime": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"a member with another query name", "RunInstances", "NetworkInterface.1.SecurityGroupId.1=sg-1", Map{"NetworkInterfaces": List{Map{"Groups": List{"sg-1"}}}}},
	} {
		form, err := url.ParseQuery(tc.query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeQuery(tc.op, form); err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, %v; want %v", tc.name, got, err, tc.want)
		}
	}
}

func TestDecodeQueryRefuses(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"VpcId.x=1":                      "UnknownParameter",
		"VpcId.-1=1":                     "UnknownParameter",
		"VpcId.01=1&VpcId.01.x=1":        "UnknownParameter",
		"VpcId.99999999999=1":            "UnknownParameter",
		"VpcId.1.Deeper=1":               "UnknownParameter",
		"Nothing=1":                      "UnknownParameter",
		"MaxResults=1&MaxResults=2":      "InvalidParameterCombination",
		"DryRun=perhaps":                 "InvalidParameterValue",
		"MaxResults=9999999999999999999": "InvalidParameterValue",
	} {
		form, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeQuery("DescribeVpcs", form); err == nil || !strings.HasPrefix(err.Error(), want+":") {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	if _, err := DecodeQuery("Nix", url.Values{}); err == nil || !strings.HasPrefix(err.Error(), "InvalidAction:") {
		t.Errorf("unknown operation: %v", err)
	}
}

func FuzzDecodeQuery(f *testing.F) {
	f.Add("RunInstances", "NetworkInterface.1.SecurityGroupId.1=sg-1")
	f.Add("DescribeVpcs", "Filter..Name=x")
	f.Fuzz(func(t *testing.T, op, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return // no query string: never reaches the decoder
		}
		if tree, err := DecodeQuery(op, form); err == nil && tree == nil {
			t.Errorf("%s?%s gave neither a tree nor an error", op, query)
		}
	})
}

func TestEncodeXML(t *testing.T) {
	t.Parallel()
	got, err := EncodeXML("DescribeVpcs", "id", Map{"Vpcs": List{Map{
		"VpcId": "vpc-1", "IsDefault": true, "Tags": List{Map{"Key": "<k>", "Value": "a&b"}}, "CidrBlockAssociationSet": List{},
	}}})
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id</requestId><vpcSet><item>` +
		`<cidrBlockAssociationSet></cidrBlockAssociationSet><isDefault>true</isDefault>` +
		`<tagSet><item><key>&lt;k&gt;</key><value>a&amp;b</value></item></tagSet><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>`
	if err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
	for name, tree := range map[string]Map{
		"unknown member":       {"Vpc": List{}},
		"unknown inner member": {"Vpcs": List{Map{"Colour": "red"}}},
		"no list":              {"Vpcs": Map{}},
		"no scalar":            {"NextToken": struct{}{}},
	} {
		if _, err := EncodeXML("DescribeVpcs", "id", tree); err == nil {
			t.Errorf("%s was encoded", name)
		}
	}
}

func TestFitDropsWhatTheAnswerHasNoMemberFor(t *testing.T) {
	t.Parallel()
	got := Fit("ResponseLaunchTemplateData", Map{"KeyName": "k", "Colour": "red", "BlockDeviceMappings": List{Map{"DeviceName": "a", "Size": 3}}})
	want := Map{"KeyName": "k", "BlockDeviceMappings": List{Map{"DeviceName": "a"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	a := Map{"l": List{Map{"k": "v"}}}
	b := Clone(a)
	Maps(b, "l")[0]["k"] = "other"
	if Maps(a, "l")[0]["k"] != "v" {
		t.Error("a change to the copy reached the original")
	}
}

func TestEveryShapeOfTheTableExists(t *testing.T) {
	t.Parallel()
	tab := tables()
	check := func(from, target string) {
		if target != "" && target[0] != '.' && tab.shapes[target] == nil {
			t.Errorf("%s refers to %s, which isn't there", from, target)
		}
	}
	for n, o := range tab.operations {
		check(n, o.input)
		check(n, o.output)
	}
	for n, s := range tab.shapes {
		check(n, s.of)
		for m, r := range s.members {
			check(n+"."+m, r.target)
		}
	}
	if len(tab.operations) < 40 || len(tab.shapes) < 400 {
		t.Errorf("%d operations, %d shapes", len(tab.operations), len(tab.shapes))
	}
}

package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// namespace is that of EC2's answers in API version 2016-11-15.
const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

// timeLayout is how EC2 writes times.
const timeLayout = "2006-01-02T15:04:05.000Z"

// EncodeXML turns a tree into EC2's answer to op. Operations that answer
// nothing but success say <return>true</return>.
func EncodeXML(op, requestID string, tree Map) ([]byte, error) {
	t := tables()
	o, ok := t.operations[op]
	if !ok {
		return nil, fmt.Errorf("operation %s is not in the table", op)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, "<%sResponse xmlns=%q>", op, namespace)
	element(&b, "requestId", requestID)
	if o.output == "" {
		element(&b, "return", "true")
	} else if err := encodeMembers(&b, t, o.output, tree); err != nil {
		return nil, fmt.Errorf("encode %s: %w", op, err)
	}
	fmt.Fprintf(&b, "</%sResponse>", op)
	return b.Bytes(), nil
}

// EncodeErrorXML gives EC2's error document.
func EncodeErrorXML(e *Error, requestID string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<Response><Errors><Error>")
	element(&b, "Code", e.Code)
	element(&b, "Message", e.Message)
	b.WriteString("</Error></Errors>")
	element(&b, "RequestID", requestID)
	b.WriteString("</Response>")
	return b.Bytes()
}

func element(b *bytes.Buffer, name, text string) {
	b.WriteString("<" + name + ">")
	_ = xml.EscapeText(b, []byte(text)) // a bytes.Buffer takes everything
	b.WriteString("</" + name + ">")
}

func encodeMembers(b *bytes.Buffer, t *table, name string, tree Map) error {
	s := t.shapes[name]
	if s == nil || s.list {
		return fmt.Errorf("%s is not a structure", name)
	}
	keys := make([]string, 0, len(tree))
	for k := range tree {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if tree[k] == nil {
			continue
		}
		m, ok := s.members[k]
		if !ok {
			return fmt.Errorf("%s has no member %s", name, k)
		}
		b.WriteString("<" + m.xml + ">")
		if err := encodeValue(b, t, m.target, tree[k]); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		b.WriteString("</" + m.xml + ">")
	}
	return nil
}

func encodeValue(b *bytes.Buffer, t *table, target string, v any) error {
	if strings.HasPrefix(target, ".") {
		text, err := scalarText(v)
		_ = xml.EscapeText(b, []byte(text))
		return err
	}
	s := t.shapes[target]
	if s == nil || !s.list {
		inner, ok := v.(Map)
		if !ok {
			return fmt.Errorf("%s wants a structure, not %T", target, v)
		}
		return encodeMembers(b, t, target, inner)
	}
	list, ok := v.(List)
	if !ok {
		return fmt.Errorf("%s wants a list, not %T", target, v)
	}
	for _, e := range list {
		b.WriteString("<" + s.item + ">")
		if err := encodeValue(b, t, s.of, e); err != nil {
			return err
		}
		b.WriteString("</" + s.item + ">")
	}
	return nil
}

func scalarText(v any) (string, error) {
	switch s := v.(type) {
	case string:
		return s, nil
	case int:
		return strconv.Itoa(s), nil
	case int64:
		return strconv.FormatInt(s, 10), nil
	case float64:
		return strconv.FormatFloat(s, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(s), nil
	case time.Time:
		return s.UTC().Format(timeLayout), nil
	}
	return "", fmt.Errorf("no scalar is a %T", v)
}

// Text gives a scalar as filters and answers spell it; "" for what is none.
func Text(v any) string {
	s, _ := scalarText(v)
	return s
}

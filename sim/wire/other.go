package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
)

// EncodeIdentity gives STS's answer to GetCallerIdentity.
func EncodeIdentity(account, arn, userID, requestID string) []byte {
	var b bytes.Buffer
	b.WriteString(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`)
	element(&b, "Arn", arn)
	element(&b, "UserId", userID)
	element(&b, "Account", account)
	b.WriteString("</GetCallerIdentityResult><ResponseMetadata>")
	element(&b, "RequestId", requestID)
	b.WriteString("</ResponseMetadata></GetCallerIdentityResponse>")
	return b.Bytes()
}

// EncodeQueryError gives the error document of the plain query protocol (STS).
func EncodeQueryError(e *Error, requestID string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>`)
	element(&b, "Code", e.Code)
	element(&b, "Message", e.Message)
	b.WriteString("</Error>")
	element(&b, "RequestId", requestID)
	b.WriteString("</ErrorResponse>")
	return b.Bytes()
}

// EncodeJSON gives an answer of the JSON protocol (SSM), whose names are the
// API's own.
func EncodeJSON(tree Map) ([]byte, error) { return json.Marshal(tree) }

// EncodeJSONError gives the error document of the JSON protocol.
func EncodeJSONError(e *Error) []byte {
	b, err := json.Marshal(Map{"__type": e.Code, "message": e.Message})
	if err != nil { // two strings always encode
		return []byte("{}")
	}
	return b
}

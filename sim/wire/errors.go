package wire

import "fmt"

// Error is a failure that the API reports: an answer, not a broken connection.
type Error struct {
	Code    string
	Message string
	Status  int // HTTP status; 0 counts as 400
}

// Error gives code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// HTTPStatus gives the status with which the error is answered.
func (e *Error) HTTPStatus() int {
	if e.Status == 0 {
		return 400
	}
	return e.Status
}

// Errorf makes an error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

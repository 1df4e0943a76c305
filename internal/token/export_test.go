package token

// Claims is what stands in a token.
type Claims = claims

// AppendClaims and ReadClaims write and read the body of a token; ReadPlain
// reads it without the library, and reports whether it could.
var (
	AppendClaims = appendClaims
	ReadClaims   = readClaims
	ReadPlain    = readPlain
)

// Types of the lower floors that this interface speaks of: a client imports EmbStore and no more.
@_exported public import struct EmbCodecs.ByteStrings
@_exported public import enum EmbCodecs.IDs
@_exported public import struct EmbFormat.FormatError
@_exported public import enum EmbFormat.MissingPolicy
@_exported public import struct EmbIO.IOError
@_exported public import enum EmbIO.Residency

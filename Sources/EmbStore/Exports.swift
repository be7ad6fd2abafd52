// A service imports EmbStore and nothing else: ids, policies, residencies and refusals come along.
@_exported public import EmbCodecs
@_exported public import EmbFormat
@_exported public import EmbIO

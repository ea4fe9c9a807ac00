/// What a cluster verb tells while it runs.
package enum ClusterNotice: Hashable, Sendable {}

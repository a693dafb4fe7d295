// The tests run processes that elect leaders by time-outs: side by side they would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

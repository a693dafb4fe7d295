namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// What each node should hold: all replicas divided by weight, but no zone is given more than its groups' spread allows, and no node more than one
/// replica of each group. Shares are in <see cref="One"/>ths of a replica.
/// </summary>
internal static class FairShares
{
    /// <summary>A whole replica, or a unit of load. It is divided by every number up to 16, so shares among that many are exact.</summary>
    public const long One = 720_720;

    /// <summary>
    /// Divides a total by weight; what exceeds a cap is divided among the others. A total above the sum of caps fills them all.
    /// </summary>
    public static long[] Divide(long total, ReadOnlySpan<long> weights, ReadOnlySpan<long> caps)
    {
        long[] shares = new long[weights.Length];
        bool[] isFull = new bool[weights.Length];
        bool changed = true;
        while (changed)
        {
            changed = false;
            (Int128 left, Int128 weight) = (total, 0);
            for (int i = 0; i < weights.Length; i++)
            {
                left -= isFull[i] ? caps[i] : 0;
                weight += isFull[i] ? 0 : weights[i];
            }

            left = Int128.Max(left, 0);
            for (int i = 0; i < weights.Length; i++)
            {
                Int128 share = isFull[i] || weight == 0 ? caps[i] : left * weights[i] / weight;
                if (!isFull[i] && share > caps[i])
                {
                    isFull[i] = changed = true;
                }

                shares[i] = (long)Int128.Min(share, caps[i]);
            }
        }

        return shares;
    }

    /// <summary>The least number of a group's members per zone with which all of them find a node.</summary>
    /// <param name="members">How many members the group should have.</param>
    /// <param name="nodesOfZone">How many nodes each zone has.</param>
    public static int SpreadOf(int members, ReadOnlySpan<int> nodesOfZone)
    {
        int nodes = 0;
        foreach (int count in nodesOfZone)
        {
            nodes += count;
        }

        for (int spread = 1; ; spread++)
        {
            int placed = 0;
            foreach (int count in nodesOfZone)
            {
                placed += Math.Min(spread, count);
            }

            if (placed >= Math.Min(members, nodes))
            {
                return spread;
            }
        }
    }

    /// <summary>The most that a node of this share may hold.</summary>
    public static long Upper(long share, int tolerancePercent) => (long)(((Int128)share * (100 + tolerancePercent) + 100 * One - 1) / (100 * One));

    /// <summary>The least that a node of this share should hold.</summary>
    public static long Lower(long share, int tolerancePercent) => (long)((Int128)share * (100 - tolerancePercent) / (100 * One));
}

namespace ActorPhysics.Core.Quorums;

/// <summary>
/// Finds two sets of weighted voters that reach given weights and share as few voters as possible. Each voter joins the first set,
/// the second, or both at the price of one overlap; for every (weight of the first, overlap) the table keeps the most weight that the
/// second can have, and by which choice. Time and memory: voters × sum of weights × (overlap bound + 1).
/// </summary>
internal sealed class SeparationTable
{
    private const int Unreachable = -1;
    private readonly int[] _positions;
    private readonly int[] _weightByPosition;
    private readonly int _overlapBound;
    private readonly int _total;
    private readonly Side[][] _choices;
    private int[] _secondWeight;

    public SeparationTable(int[] positions, int[] weightByPosition, int overlapBound)
    {
        _positions = positions;
        _weightByPosition = weightByPosition;
        _overlapBound = overlapBound;
        foreach (int position in positions)
        {
            _total += weightByPosition[position];
        }

        _secondWeight = Cells();
        _secondWeight[Cell(0, 0)] = 0;
        _choices = new Side[positions.Length][];
        for (int step = 0; step < positions.Length; step++)
        {
            Extend(step);
        }
    }

    private enum Side : byte
    {
        First,
        Second,
        Both,
    }

    public QuorumPair? Find(int firstNeeded, int secondNeeded)
    {
        for (int overlap = 0; overlap <= _overlapBound; overlap++)
        {
            for (int firstWeight = firstNeeded; firstWeight <= _total; firstWeight++)
            {
                if (_secondWeight[Cell(firstWeight, overlap)] >= secondNeeded)
                {
                    return Retrace(firstWeight, overlap);
                }
            }
        }

        return null;
    }

    private void Extend(int step)
    {
        int weight = _weightByPosition[_positions[step]];
        int[] before = _secondWeight;
        _secondWeight = Cells();
        _choices[step] = new Side[before.Length];
        for (int firstWeight = 0; firstWeight <= _total - weight; firstWeight++)
        {
            for (int overlap = 0; overlap <= _overlapBound; overlap++)
            {
                int secondWeight = before[Cell(firstWeight, overlap)];
                if (secondWeight == Unreachable)
                {
                    continue;
                }

                Offer(step, Cell(firstWeight + weight, overlap), secondWeight, Side.First);
                Offer(step, Cell(firstWeight, overlap), secondWeight + weight, Side.Second);
                if (overlap < _overlapBound)
                {
                    Offer(step, Cell(firstWeight + weight, overlap + 1), secondWeight + weight, Side.Both);
                }
            }
        }
    }

    private void Offer(int step, int cell, int secondWeight, Side side)
    {
        if (secondWeight > _secondWeight[cell])
        {
            _secondWeight[cell] = secondWeight;
            _choices[step][cell] = side;
        }
    }

    private QuorumPair Retrace(int firstWeight, int overlap)
    {
        (MemberSet first, MemberSet second) = (MemberSet.Empty, MemberSet.Empty);
        for (int step = _positions.Length - 1; step >= 0; step--)
        {
            int position = _positions[step];
            Side side = _choices[step][Cell(firstWeight, overlap)];
            if (side != Side.Second)
            {
                first = first.With(position);
                firstWeight -= _weightByPosition[position];
            }

            if (side != Side.First)
            {
                second = second.With(position);
            }

            overlap -= side == Side.Both ? 1 : 0;
        }

        return new QuorumPair(first, second);
    }

    private int[] Cells()
    {
        int[] cells = new int[(_total + 1) * (_overlapBound + 1)];
        Array.Fill(cells, Unreachable);
        return cells;
    }

    private int Cell(int firstWeight, int overlap) => firstWeight * (_overlapBound + 1) + overlap;
}

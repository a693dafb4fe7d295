using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Wire.Machines;

/// <summary>
/// Which command wrote a value last: the index of its entry and its ordinal in it. Of two writes of one key the later has the higher
/// version. <c>default</c> (index 0) precedes every write and stands for "no value".
/// </summary>
public readonly record struct ValueVersion(LogIndex Index, EntryOrdinal Ordinal) : IComparable<ValueVersion>
{
    public int CompareTo(ValueVersion other)
    {
        int byIndex = Index.CompareTo(other.Index);
        return byIndex != 0 ? byIndex : Ordinal.CompareTo(other.Ordinal);
    }

    public override string ToString() => $"{Index}#{Ordinal}";
}

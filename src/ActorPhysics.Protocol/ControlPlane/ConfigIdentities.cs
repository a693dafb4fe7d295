using System.Globalization;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// Names a change that the config group decided and carries out. Numbered upwards, never used again. <c>default</c> is no change.
/// </summary>
public readonly record struct ChangeId(ulong Value) : IComparable<ChangeId>
{
    public bool IsNone => Value == 0;
    public ChangeId Next => new(checked(Value + 1));
    public int CompareTo(ChangeId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"c{Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>The name of a failure domain as settings spell it. <c>default</c> is the domain of nodes that name none.</summary>
public readonly record struct ZoneName(string? Text) : IComparable<ZoneName>
{
    public string Value => Text ?? "";
    public int CompareTo(ZoneName other) => string.CompareOrdinal(Value, other.Value);
    public bool Equals(ZoneName other) => Value == other.Value;
    public override int GetHashCode() => Value.Length;
    public override string ToString() => Value;
}

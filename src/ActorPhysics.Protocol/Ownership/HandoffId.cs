using System.Globalization;

namespace ActorPhysics.Protocol.Ownership;

/// <summary>
/// Names a handoff of keys between two groups. The config group numbers them upwards and never uses a number again. <c>default</c> is no handoff.
/// </summary>
public readonly record struct HandoffId(ulong Value) : IComparable<HandoffId>
{
    public bool IsNone => Value == 0;
    public HandoffId Next => new(checked(Value + 1));
    public int CompareTo(HandoffId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"h{Value.ToString(CultureInfo.InvariantCulture)}";
}

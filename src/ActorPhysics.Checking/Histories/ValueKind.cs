namespace ActorPhysics.Checking.Histories;

/// <summary>What a <see cref="Value"/> is; also the first thing that values are ordered by.</summary>
public enum ValueKind
{
    Nil,
    Boolean,
    Integer,
    Text,
    List,
    Map,
}

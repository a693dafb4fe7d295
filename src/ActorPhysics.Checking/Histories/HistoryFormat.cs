namespace ActorPhysics.Checking.Histories;

/// <summary>A notation for histories.</summary>
public enum HistoryFormat
{
    /// <summary>JSON objects, one a line as a rule; an array around them is tolerated.</summary>
    Json,

    /// <summary>EDN maps as Jepsen stores them, one a line or in a vector.</summary>
    Edn,
}

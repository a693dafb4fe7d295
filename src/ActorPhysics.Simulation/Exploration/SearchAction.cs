namespace ActorPhysics.Simulation.Exploration;

/// <summary>What leads from one state of the group to the next.</summary>
/// <param name="Replica">Its place, from 0; of a lost message, the receiver's.</param>
/// <param name="Message">The handle of the message that arrives or is lost; negative for other actions.</param>
/// <param name="Fate">What becomes of that message.</param>
internal readonly record struct SearchAction(int Replica, LocalAction Local, int Message, MessageFate Fate);

/// <summary>What the network does with a message.</summary>
internal enum MessageFate
{
    Arrives,

    /// <summary>It arrives, and a copy stays under way.</summary>
    ArrivesAndStays,

    /// <summary>It never arrives.</summary>
    IsLost,
}

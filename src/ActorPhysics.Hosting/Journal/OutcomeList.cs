using ActorPhysics.Actors.Ports;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Whom to tell when the batch being collected is decided, in the order of the appends.</summary>
internal sealed class OutcomeList(string folder, ILogger logger)
{
    private readonly List<Outcome> _outcomes = new(256);

    private readonly record struct Outcome(IJournalCallback Callback, PersistTicket Ticket, JournalFault? Refusal);

    /// <summary>Notes who is to be told, after those before; with a refusal if the answer is certain already.</summary>
    public void Add(IJournalCallback callback, PersistTicket ticket, JournalFault? refusal) =>
        _outcomes.Add(new Outcome(callback, ticket, refusal));

    /// <summary>Tells everyone, and begins anew.</summary>
    public void Tell(JournalFault? fault)
    {
        foreach (Outcome outcome in _outcomes)
        {
            try
            {
                if ((outcome.Refusal ?? fault) is { } refusal)
                {
                    outcome.Callback.Failed(outcome.Ticket, refusal);
                }
                else
                {
                    outcome.Callback.Durable(outcome.Ticket);
                }
            }
#pragma warning disable CA1031 // One listener's mistake must not stop the thread that serves all groups of the node.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                logger.CallbackThrew(thrown, folder, outcome.Ticket.ToString());
            }
        }

        _outcomes.Clear();
    }
}

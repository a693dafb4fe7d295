namespace ActorPhysics.Client.Requests;

/// <summary>Requests in order of arrival; a request is in at most one list and leaves it from any place at no cost. Guarded by the gate.</summary>
internal sealed class RequestList
{
    public PendingRequest? First { get; private set; }
    public PendingRequest? Last { get; private set; }
    public int Count { get; private set; }

    public void Add(PendingRequest request)
    {
        request.List?.Remove(request);
        request.List = this;
        request.Previous = Last;
        request.Next = null;
        if (Last is { } last)
        {
            last.Next = request;
        }
        else
        {
            First = request;
        }

        Last = request;
        Count++;
    }

    public void Remove(PendingRequest request)
    {
        if (request.Previous is { } previous)
        {
            previous.Next = request.Next;
        }
        else
        {
            First = request.Next;
        }

        if (request.Next is { } next)
        {
            next.Previous = request.Previous;
        }
        else
        {
            Last = request.Previous;
        }

        request.Previous = null;
        request.Next = null;
        request.List = null;
        Count--;
    }

    public PendingRequest? Take()
    {
        PendingRequest? first = First;
        if (first is not null)
        {
            Remove(first);
        }

        return first;
    }
}

using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Memory for messages that come in parts: each stream that puts one together has a chain to itself meanwhile, so that parts of other streams which come in between do not break it up.</summary>
/// <param name="root">Counts what all of them hold.</param>
internal sealed class PartChains(BlockChain root)
{
    private readonly Stack<BlockChain> _free = new();

    public BlockChain Rent() => _free.TryPop(out BlockChain? chain) ? chain : root.Branch();

    public void Return(BlockChain chain) => _free.Push(chain);

    /// <summary>Gives memory back in which nothing is held any more.</summary>
    public void Trim()
    {
        foreach (BlockChain chain in _free) chain.Trim();
    }
}

using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>The vocabulary's ids of the tokens that begin, end and separate phrases.</summary>
/// <param name="Start">[CLS]</param>
/// <param name="End">[SEP]</param>
/// <param name="FullStop">"."</param>
/// <param name="QuestionMark">"?"</param>
public sealed record PhraseTokens(long Start, long End, long FullStop, long QuestionMark)
{
    /// <summary>Whether an id ends a phrase (or is outside all phrases).</summary>
    /// <param name="id">A token id.</param>
    public bool Separates(long id) => id == Start || id == End || id == FullStop || id == QuestionMark;
}

/// <summary>
/// The words as input for the network: encoded once by <see cref="GroundingDinoNetwork.EncodeText"/>, then used for any number of pictures. Owns its
/// tensors.
/// </summary>
public sealed class DinoText : IDisposable
{
    internal DinoText(Tensor features, Tensor selfMask, Tensor positions, Tensor tokenMask, bool padded)
    {
        Features = features;
        SelfMask = selfMask;
        Positions = positions;
        TokenMask = tokenMask;
        IsPadded = padded;
    }

    /// <summary>(B, T, C): the text encoder's tokens, projected.</summary>
    public Tensor Features { get; }

    /// <summary>(B, T, T): true if a token may attend to another, that is, one in the same phrase.</summary>
    public Tensor SelfMask { get; }

    /// <summary>(B, T, C): sine positions inside the phrases.</summary>
    public Tensor Positions { get; }

    /// <summary>(B, T): true for a token, false for padding.</summary>
    public Tensor TokenMask { get; }

    /// <summary>Whether any token is padding.</summary>
    public bool IsPadded { get; }

    /// <summary>The number of texts: that of the pictures, or 1 for all pictures of a batch.</summary>
    public long Batch => Features.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        SelfMask.Dispose();
        Positions.Dispose();
        TokenMask.Dispose();
    }

    /// <summary>Detaches the tensors from the dispose scope they were made in.</summary>
    internal DinoText DetachFromScope()
    {
        foreach (Tensor tensor in new[] { Features, SelfMask, Positions, TokenMask })
        {
            tensor.DetachFromDisposeScope();
        }

        return this;
    }

    /// <summary>
    /// Which tokens may attend to which, and each token's position in its phrase. A phrase extends from after one separator up to and including the
    /// next; its tokens are numbered from 0. [CLS] and all other tokens outside a closed phrase attend only to themselves, at position 0; so does a
    /// separator in the last column, even if an unclosed phrase precedes it. Matches the original implementation
    /// (github.com/IDEA-Research/GroundingDINO, bertwarper), full stops and question marks included.
    /// </summary>
    /// <param name="ids">Token ids, one text a row.</param>
    /// <param name="tokens">The ids of the separators.</param>
    /// <returns>For each text, T x T flags (row by row) and T positions.</returns>
    internal static (bool[] Mask, long[] Places) Phrases(long[,] ids, PhraseTokens tokens)
    {
        (int batch, int length) = (ids.GetLength(0), ids.GetLength(1));
        bool[] mask = new bool[batch * length * length];
        long[] places = new long[batch * length];
        for (int row = 0; row < batch; row++)
        {
            for (int i = 0; i < length; i++)
            {
                mask[(((row * length) + i) * length) + i] = true;
            }

            int previous = 0;
            for (int column = 0; column < length; column++)
            {
                if (!tokens.Separates(ids[row, column]))
                {
                    continue;
                }

                if (column != 0 && column != length - 1)
                {
                    for (int i = previous + 1; i <= column; i++)
                    {
                        places[(row * length) + i] = i - previous - 1;
                        Array.Fill(mask, true, (((row * length) + i) * length) + previous + 1, column - previous);
                    }
                }

                previous = column;
            }
        }

        return (mask, places);
    }
}

using System.Collections.Concurrent;

namespace BrushEdit.Training;

/// <summary>
/// The endless sequence of examples that a branch is trained on. The example at an index does not depend on what was requested
/// before, so that a resumed run continues with exactly the same data. A picture that cannot be read is reported once and replaced by the
/// next one.
/// </summary>
/// <param name="pictures">The pictures.</param>
/// <param name="options">How they become examples.</param>
/// <param name="heldOut">Indices of the pictures that are held out for validation.</param>
public sealed class BranchSource(ITrainingPictures pictures, BranchDataOptions options, IReadOnlyCollection<int> heldOut)
{
    private const int UsualSide = 512;

    // The number of tries to find another picture that has a mask.
    private const int Looks = 8;

    private readonly int[] shown = [.. Enumerable.Range(0, pictures.Count).Except(heldOut)];
    private readonly ConcurrentDictionary<int, string> faults = new();
    private readonly PictureDeck deck = new(Math.Max(1, pictures.Count - heldOut.Count), options.Seed);

    /// <summary>The examples' side in pixels.</summary>
    public int Side => options.Side;

    /// <summary>The number of training pictures, including any that turn out to be broken.</summary>
    public int Count => shown.Length;

    /// <summary>Pictures that could not be read so far, each with the reason.</summary>
    public IReadOnlyCollection<string> Faults => [.. faults.Values];

    /// <summary>The example at an index.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="EditException">None of the pictures can be read.</exception>
    public BranchSample Sample(long index)
    {
        Random random = new(SampleSeed.Of((options.Seed << 40) + (ulong)index));
        for (int attempt = 0; attempt < shown.Length; attempt++)
        {
            // The next picture of the same epoch; after the epoch's end it wraps around to the start.
            long begin = index - (index % shown.Length);
            if (TryRead(shown[deck.At(begin + (((index - begin) + attempt) % shown.Length))]) is { } picture)
            {
                return Make(picture, random, index);
            }
        }

        throw new EditException(EditFault.BadPicture, $"None of the {shown.Length} pictures can be read: {faults.Values.FirstOrDefault()}", "Give other pictures.", pictures.Description);
    }

    /// <summary>The example that validation fills: the centre of a held-out picture, with its own mask or brush strokes.</summary>
    /// <param name="picture">The picture's index.</param>
    /// <returns>Null if it cannot be read.</returns>
    public BranchSample? HeldOut(int picture)
    {
        if (TryRead(picture) is not { } read)
        {
            return null;
        }

        Random random = new(SampleSeed.Of((options.Seed << 40) ^ (ulong)picture ^ 0x5eed));
        bool[] hole = read.Holes.Count > 0 ? read.Holes[0] : Brush(read, random, neverEmpty: true);
        return Cut(read, hole, TrainingCrop.Center, random, rounded: read.Holes.Count > 0);
    }

    private TrainingPicture? TryRead(int picture)
    {
        if (faults.ContainsKey(picture))
        {
            return null;
        }

        try
        {
            return pictures.Read(picture);
        }
        catch (Exception fault) when (fault is EditException or IOException or UnauthorizedAccessException)
        {
            faults[picture] = fault is EditException ? fault.Message : $"{pictures.Name(picture)}: {fault.Message}";
            return null;
        }
    }

    private BranchSample Make(TrainingPicture picture, Random random, long index)
    {
        double drawn = random.NextDouble() * (options.BrushShare + options.SegmentShare + options.RemovalShare);
        bool[]? own = drawn < options.BrushShare ? null
            : drawn < options.BrushShare + options.SegmentShare ? OfThis(picture, random)
            : OfAnother(picture, random, index);
        bool changes = random.NextDouble() < options.ChangeShare;
        bool[] hole = own ?? Brush(picture, random, neverEmpty: false);
        hole = changes ? Change(hole, picture, random, isThing: own is not null) : hole;
        return Cut(picture, hole, options.Crop, random, rounded: own is not null || changes);
    }

    private bool[]? OfThis(TrainingPicture picture, Random random)
    {
        if (picture.Holes.Count == 0)
        {
            return null;
        }

        bool[] hole = picture.Holes[random.Next(picture.Holes.Count)];
        return random.NextDouble() < pictures.InvertShare ? Array.ConvertAll(hole, isHole => !isHole) : hole;
    }

    // An object's outline from another picture. BrushData's holes surround the object, so the kept part is used here.
    private bool[]? OfAnother(TrainingPicture picture, Random random, long index)
    {
        for (int look = 0; look < Looks; look++)
        {
            int other = shown[deck.At(index + 1 + random.Next(Math.Max(1, shown.Length)))];
            if (TryRead(other) is { Holes.Count: > 0 } from)
            {
                bool[] thing = from.Holes[random.Next(from.Holes.Count)];
                thing = pictures.InvertShare > 0 ? Array.ConvertAll(thing, isHole => !isHole) : thing;
                return Fit(thing, from.Width, from.Height, picture.Width, picture.Height);
            }
        }

        return null;
    }

    private static bool[] Fit(bool[] mask, int width, int height, int toWidth, int toHeight)
    {
        bool[] fitted = new bool[toWidth * toHeight];
        for (int at = 0; at < fitted.Length; at++)
        {
            int y = at / toWidth * height / toHeight;
            int x = at % toWidth * width / toWidth;
            fitted[at] = mask[(y * width) + x];
        }

        return fitted;
    }

    private bool[] Brush(TrainingPicture picture, Random random, bool neverEmpty)
    {
        int strokeWidth = options.StrokeWidth ?? RandomBrush.WidthFor(picture.Width, picture.Height);
        bool[] hole;
        do
        {
            hole = RandomBrush.Draw(random, picture.Width, picture.Height, strokeWidth);
        }
        while (neverEmpty && !hole.Contains(true));
        return hole;
    }

    private static bool[] Change(bool[] hole, TrainingPicture picture, Random random, bool isThing)
    {
        int side = Math.Max(2, SquareMorphology.PublishedSide * Math.Min(UsualSide, Math.Min(picture.Width, picture.Height)) / UsualSide);
        bool[] kept = Array.ConvertAll(hole, isHole => !isHole);
        return (isThing ? random.Next(3) : 0) switch
        {
            1 => SquareMorphology.Dilate(hole, picture.Width, picture.Height, side),
            2 => SquareMorphology.Erode(hole, picture.Width, picture.Height, side),
            _ => Array.ConvertAll(SquareMorphology.Open(kept, picture.Width, picture.Height, side), isKept => !isKept),
        };
    }

    private BranchSample Cut(TrainingPicture picture, bool[] hole, TrainingCrop crop, Random random, bool rounded)
    {
        (int width, int height) = BranchPreparation.Resized(picture.Width, picture.Height, options.Side);
        (int wide, int high) = (width - options.Side, height - options.Side);
        (int left, int top) = crop == TrainingCrop.Center ? (wide / 2, high / 2) : (random.Next(wide + 1), random.Next(high + 1));
        return BranchPreparation.Prepare(picture.Rgb, picture.Width, picture.Height, hole, options.Side, left, top, picture.Caption, rounded);
    }
}

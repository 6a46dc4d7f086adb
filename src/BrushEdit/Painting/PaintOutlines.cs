using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Segmenting;
using BrushEdit.Serving;

namespace BrushEdit.Painting;

/// <summary>Outlines clicked objects, and finds objects by text, with the session's networks.</summary>
/// <param name="picture">The picture.</param>
/// <param name="models">The networks.</param>
internal sealed class PaintOutlines(Picture picture, PaintModels models)
{
    private const int MostPoints = 64;
    private const int MostWords = 200;
    private const int MostKept = 256;

    // Masks by number; a step that uses one also references it.
    private readonly SortedDictionary<int, PackedMask> made = [];
    private readonly Lock gate = new();
    private int last;

    /// <summary>Returns a created mask; null if none has that number.</summary>
    /// <param name="id">Its number.</param>
    public PackedMask? Find(int id)
    {
        lock (gate)
        {
            return made.GetValueOrDefault(id);
        }
    }

    /// <summary>Outlines the object at points or in a box: candidates, best first.</summary>
    /// <param name="asked">With <c>points</c> (x, y, and 1 if it is not on the object ...) or <c>box</c> (x, y, width, height), or both.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public async Task<JsonObject> Outline(JsonElement asked, CancellationToken cancellation)
    {
        SegmentPrompt prompt = Prompt(asked);
        IReadOnlyList<SegmentCandidate> found = await models.Compute(token => Candidates(prompt, token), cancellation).ConfigureAwait(false);
        JsonArray candidates = [];
        foreach (SegmentCandidate one in found)
        {
            candidates.Add(new JsonObject { ["id"] = Keep(one.Mask), ["score"] = one.PredictedIoU, ["share"] = one.Mask.Coverage });
        }

        return new JsonObject { ["candidates"] = candidates };
    }

    /// <summary>Encodes the picture, so that the first click is answered as fast as later ones.</summary>
    /// <param name="cancellation">Cancels the work.</param>
    public Task Prepare(CancellationToken cancellation) => models.Compute(
        token => models.Outliner.Outline(picture, SegmentPrompt.FromPoints(new SegmentPoint(picture.Width / 2, picture.Height / 2)), new SegmentOptions(), token), cancellation);

    /// <summary>Finds objects by text.</summary>
    /// <param name="asked">With <c>text</c>.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public async Task<JsonObject> Search(JsonElement asked, CancellationToken cancellation)
    {
        string text = asked.TryGetProperty("text", out JsonElement words) && words.ValueKind == JsonValueKind.String ? words.GetString()!.Trim() : string.Empty;
        if (text.Length is 0 or > MostWords)
        {
            throw new PageFault(HttpStatusCode.BadRequest, $"Give the words to find, in 1 to {MostWords} characters.");
        }

        DetectionResult found = await models.Compute(
            token => models.Finder.Find(picture, [text], new DetectionOptions { All = true }, token), cancellation).ConfigureAwait(false);
        return new JsonObject
        {
            ["found"] = new JsonArray([.. found.Detections.Select(one => new JsonObject
            {
                ["box"] = new JsonArray(one.Box.X, one.Box.Y, one.Box.Width, one.Box.Height),
                ["score"] = one.Score,
                ["phrase"] = PlainText.Line(one.Phrase),
            })]),
        };
    }

    // The result of Get-SegmentMask comes first: for a box, the network's single mask, which is not among the candidates.
    private List<SegmentCandidate> Candidates(SegmentPrompt prompt, CancellationToken cancellation)
    {
        List<SegmentCandidate> found = [];
        foreach (bool all in (bool[])[false, true])
        {
            foreach (SegmentCandidate one in models.Outliner.Outline(picture, prompt, new SegmentOptions { Candidates = all }, cancellation).Masks)
            {
                if (!one.Mask.IsEmpty && !found.Exists(known => known.Mask.SameAs(one.Mask)))
                {
                    found.Add(one);
                }
            }
        }

        return found;
    }

    private static SegmentPrompt Prompt(JsonElement asked)
    {
        SegmentPoint[] points = [];
        if (asked.TryGetProperty("points", out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= 3 * MostPoints)
        {
            double[] numbers = [.. list.EnumerateArray().Select(number => PaintStepReader.Number(number, 0, int.MaxValue))];
            points = [.. numbers.Chunk(3).Where(one => one.Length == 3).Select(one => new SegmentPoint(one[0], one[1], one[2] != 0))];
        }

        if (!asked.TryGetProperty("box", out JsonElement box) || box.ValueKind == JsonValueKind.Null)
        {
            return new SegmentPrompt { Points = points };
        }

        return new SegmentPrompt { Points = points, Boxes = [PaintSession.ReadBox(box)] };
    }

    private int Keep(Mask mask)
    {
        PackedMask packed = PackedMask.Of(mask);
        lock (gate)
        {
            made[++last] = packed;
            made.Remove(last - MostKept);
            return last;
        }
    }
}

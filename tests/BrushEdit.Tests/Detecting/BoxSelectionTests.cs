using BrushEdit.Detecting;
using BrushEdit.Editing;
using BrushEdit.Tokenizing;

namespace BrushEdit.Tests.Detecting;

public class BoxSelectionTests
{
    private static readonly BertTokenizer Tokenizer = BertTokenizer.Create(
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "?", "red", "ball", "##s", "dog", "animal"]);

    [Fact]
    public void A_box_is_given_in_pixels_of_the_picture_and_clipped_to_it()
    {
        DetectionResult result = Choose(["dog"], [([0.9f], [0.5f, 0.5f, 0.5f, 0.25f]), ([0.8f], [0.95f, 0.9f, 0.2f, 0.4f])], new DetectionOptions { All = true });
        Assert.Equal(2, result.Detections.Count);
        Detection first = result.Detections[0];
        Assert.Equal((50, 75, 100, 50), (first.Box.X, first.Box.Y, first.Box.Width, first.Box.Height));
        Assert.Equal(0.9, first.Score, 1e-6);
        Assert.Equal(("dog", "dog"), (first.Phrase, first.Query));
        Assert.Equal((200, 200), ((int)Math.Round(result.Detections[1].Box.Right), (int)Math.Round(result.Detections[1].Box.Bottom)));
        Assert.Empty(result.Missing);
    }

    [Theory]
    [InlineData(0.9, 0.3)]
    [InlineData(0.29, 0.25)]
    [InlineData(0.12, 0.1)]
    [InlineData(0.06, 0.05)]
    public void The_ladder_stops_where_something_is_found(double score, double threshold)
    {
        DetectionResult result = Choose(["dog"], [([(float)score], Place(0)), ([(float)threshold - 0.01f], Place(2))], new DetectionOptions { All = true });
        Assert.Equal(score, Assert.Single(result.Detections).Score, 1e-6);
        Assert.Equal(threshold, Assert.Single(result.Phrases).Threshold);
    }

    [Fact]
    public void Nothing_found_is_an_empty_result_that_knows_the_best_score()
    {
        DetectionResult result = Choose(["dog"], [([0.04f], Place(0))], new DetectionOptions());
        Assert.Empty(result.Detections);
        PhraseOutcome missing = Assert.Single(result.Missing);
        Assert.Equal(("dog", 0), (missing.Phrase, missing.Found));
        Assert.Equal(0.04, missing.BestScore, 1e-6);
        Assert.Empty(Choose(["dog"], [], new DetectionOptions()).Detections);
        Assert.Empty(Choose(["dog"], [([float.NaN], Place(0))], new DetectionOptions()).Detections);
    }

    [Fact]
    public void A_threshold_given_is_not_lowered()
    {
        DetectionResult result = Choose(["dog"], [([0.5f], Place(0))], new DetectionOptions { Threshold = 0.6 });
        Assert.Empty(result.Detections);
        Assert.Equal(0.6, result.Phrases[0].Threshold);
    }

    [Fact]
    public void One_box_a_phrase_by_default_more_with_top_and_every_one_with_all()
    {
        (float[], float[])[] boxes = [([0.9f], Place(0)), ([0.8f], Place(2)), ([0.7f], Place(4)), ([0.1f], Place(6))];
        Assert.Equal(0.9, Assert.Single(Choose(["dog"], boxes, new DetectionOptions()).Detections).Score, 1e-6);
        Assert.Equal(2, Choose(["dog"], boxes, new DetectionOptions { Top = 2 }).Detections.Count);
        Assert.Equal(3, Choose(["dog"], boxes, new DetectionOptions { All = true }).Detections.Count);
        Assert.Equal(4, Choose(["dog"], boxes, new DetectionOptions { All = true, Threshold = 0.05 }).Detections.Count);
    }

    [Fact]
    public void The_less_certain_of_two_boxes_for_one_thing_is_dropped_within_a_phrase_only()
    {
        float[] almost = [0.1f, 0.5f, 0.11f, 0.1f];
        DetectionResult result = Choose(["dog"], [([0.8f], almost), ([0.9f], Place(0))], new DetectionOptions { All = true });
        Assert.Equal(0.9, Assert.Single(result.Detections).Score, 1e-6);
        Assert.Equal(2, Choose(["dog"], [([0.8f], almost), ([0.9f], Place(0))], new DetectionOptions { All = true, Overlap = 0.95 }).Detections.Count);

        DetectionResult two = Choose(["dog", "animal"], [([0.9f, 0.7f], Place(0))], new DetectionOptions { All = true });
        Assert.Equal(["dog", "animal"], two.Detections.Select(detection => detection.Query));
    }

    [Fact]
    public void A_weak_echo_of_another_phrase_is_not_a_find()
    {
        DetectionResult result = Choose(["dog", "animal"], [([0.9f, 0.2f], Place(0))], new DetectionOptions());
        Assert.Equal("dog", Assert.Single(result.Detections).Query);
        Assert.Equal(0.2, Assert.Single(result.Missing).BestScore, 1e-6);
    }

    [Fact]
    public void The_phrase_is_made_of_the_words_that_matched()
    {
        TextQuery query = TextQuery.Create(["red balls"], Tokenizer, 20);
        float[] scores = new float[query.Ids.Count];
        scores[0] = 0.99f; // [CLS] does not count
        scores[^2] = 0.99f; // nor does the full stop
        scores[2] = 0.6f;
        scores[3] = 0.5f;
        Detection found = Assert.Single(BoxSelection.Choose(query, Tokenizer, scores, Place(0), 100, 100, new DetectionOptions()).Detections);
        Assert.Equal(("balls", "red balls"), (found.Phrase, found.Query));
        Assert.Equal(0.6, found.Score, 1e-6);
        found = Assert.Single(BoxSelection.Choose(query, Tokenizer, scores, Place(0), 100, 100, new DetectionOptions { TextThreshold = 0.9 }).Detections);
        Assert.Equal("red balls", found.Phrase);
    }

    [Fact]
    public void Phrases_are_parted_tidied_and_asked_once()
    {
        TextQuery query = TextQuery.Create(["  Red   BALL. dog.. ", "dog", "animal?"], Tokenizer, 20);
        Assert.Equal(["red ball", "dog", "animal"], query.Phrases.Select(phrase => phrase.Text));
        Assert.Equal([2, 6, 7, 4, 9, 4, 10, 4, 3], query.Ids);
        Assert.Equal([1, 4, 6], query.Phrases.Select(phrase => phrase.Start));
        Assert.Equal("red ball. dog. animal.", query.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(" . ? ,")]
    [InlineData(null)]
    public void A_text_without_a_word_is_an_error(string? text) =>
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => TextQuery.Create([text], Tokenizer, 20)).Kind);

    [Fact]
    public void A_text_longer_than_the_model_reads_is_an_error_and_not_cut()
    {
        TextQuery fits = TextQuery.Create(["red ball dog"], Tokenizer, 6);
        Assert.Equal(6, fits.Ids.Count);
        EditException fault = Assert.Throws<EditException>(() => TextQuery.Create(["red ball dog"], Tokenizer, 5));
        Assert.Equal(EditFault.BadArgument, fault.Kind);
        Assert.Contains("6 tokens", fault.Message, StringComparison.Ordinal);
        Assert.Contains("5", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> OutOfRange => new("Threshold", "TextThreshold", "Overlap", "Top", "TopAll");

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void An_option_out_of_range_is_an_error(string name)
    {
        DetectionOptions options = name switch
        {
            "Threshold" => new DetectionOptions { Threshold = 1.1 },
            "TextThreshold" => new DetectionOptions { TextThreshold = double.NaN },
            "Overlap" => new DetectionOptions { Overlap = -0.1 },
            "Top" => new DetectionOptions { Top = 0 },
            _ => new DetectionOptions { Top = 2, All = true },
        };
        Assert.Equal(EditFault.BadArgument, Assert.Throws<EditException>(() => Choose(["dog"], [], options)).Kind);
    }

    /// <summary>A box of a tenth of the picture, further right by tenths.</summary>
    private static float[] Place(int tenths) => [0.1f + (tenths * 0.1f), 0.5f, 0.1f, 0.1f];

    /// <summary>Boxes with one score a phrase, of single words, in a picture of 200 x 200.</summary>
    private static DetectionResult Choose(string[] phrases, (float[] Scores, float[] Box)[] boxes, DetectionOptions options)
    {
        TextQuery query = TextQuery.Create(phrases, Tokenizer, 20);
        float[] scores = new float[boxes.Length * query.Ids.Count];
        for (int box = 0; box < boxes.Length; box++)
        {
            for (int phrase = 0; phrase < phrases.Length; phrase++)
            {
                scores[(box * query.Ids.Count) + query.Phrases[phrase].Start] = boxes[box].Scores[phrase];
            }
        }

        return BoxSelection.Choose(query, Tokenizer, scores, [.. boxes.SelectMany(box => box.Box)], 200, 200, options);
    }
}

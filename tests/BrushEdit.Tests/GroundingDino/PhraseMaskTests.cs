using BrushEdit.Modeling;

namespace BrushEdit.Tests.GroundingDino;

public class PhraseMaskTests
{
    private static readonly PhraseTokens Tokens = new(1, 2, 3, 4);

    [Fact]
    public void Tokens_see_their_own_phrase_and_count_from_its_start()
    {
        // [CLS] a b . c ? [SEP]
        (bool[] mask, long[] places) = DinoText.Phrases(new long[,] { { 1, 10, 11, 3, 12, 4, 2 } }, Tokens);
        Assert.Equal([0, 0, 1, 2, 0, 1, 0], places);
        int[] group = [0, 1, 1, 1, 2, 2, 3];
        AssertGroups(mask, group);
    }

    [Fact]
    public void A_phrase_that_nothing_closes_falls_into_single_tokens()
    {
        (bool[] mask, long[] places) = DinoText.Phrases(new long[,] { { 1, 10, 11, 2 } }, Tokens);
        Assert.Equal([0, 0, 0, 0], places);
        AssertGroups(mask, [0, 1, 2, 3]);
    }

    [Fact]
    public void Before_padding_the_end_closes_the_last_phrase()
    {
        (bool[] mask, long[] places) = DinoText.Phrases(new long[,] { { 1, 10, 11, 2, 0, 0 } }, Tokens);
        Assert.Equal([0, 0, 1, 2, 0, 0], places);
        AssertGroups(mask, [0, 1, 1, 1, 2, 3]);
    }

    [Fact]
    public void A_second_row_does_not_see_the_first()
    {
        (bool[] mask, long[] places) = DinoText.Phrases(new long[,] { { 1, 10, 3, 2 }, { 1, 3, 11, 2 } }, Tokens);
        Assert.Equal([0, 0, 1, 0, 0, 0, 0, 0], places);
        AssertGroups(mask[..16], [0, 1, 1, 2]);
        AssertGroups(mask[16..], [0, 1, 2, 3]);
    }

    private static void AssertGroups(bool[] mask, int[] group)
    {
        for (int i = 0; i < group.Length; i++)
        {
            for (int j = 0; j < group.Length; j++)
            {
                Assert.Equal(group[i] == group[j], mask[(i * group.Length) + j]);
            }
        }
    }
}

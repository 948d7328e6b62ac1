namespace BerOfChat.Signaling;

/// <summary>Why a text is not the code that is needed here.</summary>
internal enum ManualCodeError
{
    None = 0,

    /// <summary>Nothing in it looks like a code.</summary>
    NotACode,

    /// <summary>It was a code, but characters are missing, added or changed.</summary>
    Damaged,

    /// <summary>It is whole, but made by a version that this build does not know.</summary>
    UnknownVersion,

    /// <summary>It is an invitation, which is for a signaling service.</summary>
    Invitation,

    /// <summary>It is the first code, where the answer to one is needed.</summary>
    IsOffer,

    /// <summary>It is an answer, where the first code is needed.</summary>
    IsAnswer,

    /// <summary>It is the code that this device has made itself.</summary>
    IsOwn,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It answers another code.</summary>
    OtherOffer,

    /// <summary>It was used before.</summary>
    Used,

    /// <summary>Another answer to the same code was used before.</summary>
    OfferUsed,
}

/// <summary>What each error means for a person.</summary>
internal static class ManualCodeErrorExtensions
{
    public static BerOfChatException ToException(this ManualCodeError error)
    {
        (BerOfChatErrorCode code, string message) = error switch
        {
            ManualCodeError.NotACode => (BerOfChatErrorCode.ManualCodeMalformed, "This text is not a code. One begins with \"berofchat:offer#\" or \"berofchat:answer#\"; copy all of it."),
            ManualCodeError.Damaged => (BerOfChatErrorCode.ManualCodeMalformed, "The code is damaged: characters are missing or were changed. Copy all of it again."),
            ManualCodeError.UnknownVersion => (BerOfChatErrorCode.ManualCodeMalformed, "The code was made by a newer version. Update the application and try again."),
            ManualCodeError.Invitation => (BerOfChatErrorCode.ManualCodeMismatch, "This is an invitation, which needs a signaling service: join with it as usual, or ask the other person for a code that begins with \"berofchat:offer#\"."),
            ManualCodeError.IsOffer => (BerOfChatErrorCode.ManualCodeMismatch, "This is a first code, and the answer to yours is needed here. Let the other person enter your code and send back what they get; it begins with \"berofchat:answer#\"."),
            ManualCodeError.IsAnswer => (BerOfChatErrorCode.ManualCodeMismatch, "This is an answer, and a first code is needed here. An answer belongs to the person whose code it answers; ask for a code that begins with \"berofchat:offer#\"."),
            ManualCodeError.IsOwn => (BerOfChatErrorCode.ManualCodeMismatch, "This is your own code. Give it to the other person, and enter the answer that you get back."),
            ManualCodeError.Expired => (BerOfChatErrorCode.ManualCodeExpired, "The code is too old. Make a new one and exchange both again; if it was made just now, set the clocks of both devices."),
            ManualCodeError.OtherOffer => (BerOfChatErrorCode.ManualCodeMismatch, "This answer belongs to another code than the one shown last. Let the other person enter your newest code and send back the new answer."),
            ManualCodeError.Used => (BerOfChatErrorCode.ManualCodeUsed, "This answer was used already. To connect again, make a new code."),
            ManualCodeError.OfferUsed => (BerOfChatErrorCode.ManualCodeUsed, "Your code was answered already, and each code connects one device. Make a new code for the next."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return new BerOfChatException(code, message);
    }
}

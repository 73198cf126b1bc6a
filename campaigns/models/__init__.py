"""The nouns of many customers at once."""

from campaigns.models.survey import Answer, Invitation, Question, Survey, SurveyResponse

__all__ = ["Answer", "Invitation", "Question", "Survey", "SurveyResponse"]
